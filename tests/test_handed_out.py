"""What is taken out of an answer for students, and what is left."""

from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.handed_out import BEGIN, END, with_blanks


def blank(source, **metadata):
    cell = new_code_cell(source, metadata=metadata, execution_count=3)
    cell.outputs = [new_output("stream", text="the answer")]
    notebook = new_notebook(cells=[cell])
    [student] = with_blanks(notebook).cells
    assert cell.outputs, "the complete notebook stays complete"
    assert student.outputs == []
    assert student.execution_count is None
    return student.source


def test_an_exercise_keeps_its_signature_and_docstring():
    source = (
        'def f(x):\n    """Doc."""\n    ### BEGIN SOLUTION\n    y = 2 * x\n\n    return y\n'
        "    ### END SOLUTION"
    )
    assert blank(source, exercise="f") == (
        'def f(x):\n    """Doc."""\n    # YOUR CODE HERE\n'
        '    raise NotImplementedError("f is not written yet")'
    )


def test_every_blank_of_an_exercise_is_emptied():
    body = f"        {BEGIN}\n        return 1\n        {END}\n"
    methods = f"    def f(self):\n{body}\n    def g(self):\n{body}"
    emptied = blank(f"class A:\n{methods}", exercise="A")
    assert "return 1" not in emptied
    assert emptied.count("        raise NotImplementedError") == 2
    compile(emptied, "<blank>", "exec")


def test_a_prediction_keeps_its_dots_and_raises_nothing():
    source = "guess = ...\n### BEGIN SOLUTION\nguess = 4\n### END SOLUTION"
    assert blank(source, predict="p") == "guess = ..."


def test_other_cells_stay_as_they_are():
    assert blank("x = 1  # SOLUTION of nothing") == "x = 1  # SOLUTION of nothing"
