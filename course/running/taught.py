"""Which lesson teaches which module of the course."""

_MODULES = {
    1: "convolution.definition",
    2: "convolution.geometry",
    3: "convolution.columns",
    4: "convolution.forward",
    5: "convolution.matrix",
    6: "gradcheck",
    7: "convolution.backward_weights",
    8: "convolution.backward_input",
    9: "nn.conv2d",
    11: "nn.relu nn.pooling nn.flatten nn.linear nn.loss",
    12: "nn.sequential nn.initial nn.optimisers nn.training nn.saving nn.networks",
    13: "nn.inspection",
    14: "convolution.layer convolution.workspace convolution.blocked convolution.pointwise "
    "convolution.together convolution.winograd convolution.threads convolution.fast",
    15: "convolution.dilated convolution.grouped convolution.separable convolution.transposed "
    "convolution.cost",
    17: "nn.prelu nn.boxes",
}
TAUGHT = {f"course.{m}": lesson for lesson, modules in _MODULES.items() for m in modules.split()}
"""The lesson of each module. One that is not here is taught by none."""
