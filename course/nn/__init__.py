"""The rest of a network around the convolution: layers, loss, optimisers, training.

conv2d      lesson 09   the convolution layer
relu        lesson 11   negative numbers become 0
pooling     lesson 11   the largest number of a window, or the mean
flatten     lesson 11   from feature maps to rows
linear      lesson 11   the fully connected layer
loss        lesson 11   softmax and cross-entropy
sequential  lesson 12   layers one after the other, as a layer
initial     lesson 12   the first weights
optimisers  lesson 12   gradient descent with momentum, and Adam
training    lesson 12   batches, steps, epochs, accuracy
saving      lesson 12   a trained model as a file
networks    lesson 12   two small networks for the digits
inspection  lesson 13   how far a network sees, and what a score depends on
prelu       lesson 17   negative numbers are multiplied by a slope
boxes       lesson 17   how much boxes overlap, and which of them to keep

A layer has ``forward(x)`` and ``backward(dy)``, and the names of its parameters in ``parameters``.
After ``backward`` the gradient of each has the same name with a d in front: w and dw, b and db. A
layer never changes its parameters itself; an optimiser does that. In a `Sequential` a name says
which layer it belongs to: ``"0.w"`` with the gradient ``"0.dw"``; `course.gradcheck.owner` finds
the array behind it.

An output always has the floating dtype of the input, and a gradient that of dy; integers count as
float64. Empty batches raise ValueError. A NaN passes through every layer to the loss.
"""

from course.nn.boxes import overlap, suppress
from course.nn.conv2d import Conv2d
from course.nn.flatten import Flatten
from course.nn.initial import he_normal
from course.nn.inspection import occlusion_map, receptive_field
from course.nn.linear import Linear
from course.nn.loss import SoftmaxCrossEntropy
from course.nn.networks import small_cnn, small_dense
from course.nn.optimisers import SGD, Adam, sgd_momentum
from course.nn.pooling import AvgPool2d, MaxPool2d
from course.nn.prelu import prelu
from course.nn.relu import ReLU
from course.nn.saving import load, save
from course.nn.sequential import Sequential
from course.nn.training import (
    History,
    accuracy,
    batches,
    confusion_matrix,
    evaluate,
    predict,
    predict_scores,
    train,
    train_step,
)

__all__ = [
    "SGD",
    "Adam",
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "History",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "SoftmaxCrossEntropy",
    "accuracy",
    "batches",
    "confusion_matrix",
    "evaluate",
    "he_normal",
    "load",
    "occlusion_map",
    "overlap",
    "predict",
    "predict_scores",
    "prelu",
    "receptive_field",
    "save",
    "sgd_momentum",
    "small_cnn",
    "small_dense",
    "suppress",
    "train",
    "train_step",
]
