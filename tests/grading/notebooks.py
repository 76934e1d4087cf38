"""Notebooks as students hand them in."""

import json

from course.checks import EXERCISES

LESSON = "02_stride_padding_size"


SETUP = "import numpy as np\nfrom course.checks import check\nfrom course.show import show"


def notebook(*cells, **metadata):
    """The bytes of a notebook: each cell is (exercise or "", source).

    Before them stand the lesson's imports, behind each answer its check.
    """
    made = [cell(SETUP)]
    for exercise, source in cells:
        made.append(cell(source, exercise))
        if exercise:
            made.append(cell(f"check.{exercise}({EXERCISES[exercise].answer_name})"))
    return json.dumps(
        {
            "cells": made,
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ).encode()


def cell(source, exercise=""):
    metadata = {"exercise": exercise} if exercise else {}
    about = {"cell_type": "code", "outputs": [], "execution_count": None}
    return about | {"source": source, "metadata": metadata}


def by_exercise(result):
    return {e.exercise: e for e in result.exercises}
