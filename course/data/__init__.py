"""Images with labels to train a network on, and a network that somebody else has trained.

dataset       the arrays that every loader returns
digits        the handwritten digits that come with the course, in three parts
mnist         larger handwritten digits, from files that the student has or the course fetches
cifar10       small colour photos, likewise
pnet          the weights of a face detector, which come with the course
files         how files are found, fetched and read
make_digits   the script that made digits.npz
make_pnet     the script that made pnet.npz

Sources and licences are in README.md beside this file.
"""

from course.data.cifar10 import CIFAR10_CLASSES, load_cifar10
from course.data.dataset import Dataset, Part
from course.data.digits import load_digits
from course.data.mnist import load_mnist
from course.data.pnet import load_pnet

__all__ = [
    "CIFAR10_CLASSES",
    "Dataset",
    "Part",
    "load_cifar10",
    "load_digits",
    "load_mnist",
    "load_pnet",
]
