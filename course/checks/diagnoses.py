"""The explanations to choose from in the bug clinic: which is right, and what to say to each."""

DIAGNOSES: dict[str, tuple[str, dict[str, str]]] = {
    "Layer1": (
        "b",
        {
            "a": "The bias has the shape (F,) and is added to what the sum leaves for each filter. "
            "With one image the layer is right, bias and all.",
            "b": "In window * w the axes N and F stand in one place, so image n meets filter n "
            "alone, and its answers are repeated for all images. With several images it "
            "crashes when N and F differ, and is silent when they are equal.",
            "c": "The windows begin at i * stride and j * stride, as they should: with one image "
            "every stride is right.",
        },
    ),
    "Layer2": (
        "c",
        {
            "a": "The columns are as in lesson 03, channel first, and the filters are flattened in "
            "the same order.",
            "b": "db is wrong as well, and no product is in it. What dw and db have in common is "
            "dY.",
            "c": "dy is stored with all positions of filter 0 first, then those of filter 1. "
            "reshape(-1, F) cuts that run into rows of F and calls each a position.",
        },
    ),
    "Layer3": (
        "a",
        {
            "a": "backward takes a step of its own. The gradients are right for the weights as "
            "they were, and the layer no longer has those.",
            "b": "dx is computed first, before anything is changed.",
            "c": "Nothing adds up: dw and db are new at each call.",
        },
    ),
    "Layer4": (
        "b",
        {
            "a": "dx has the shape of x, so the frame has to go, and with padding 1 it went as it "
            "should.",
            "b": "-0 is 0, so at padding 0 the slice is [0:0] and nothing is left. For every other "
            "padding it is right.",
            "c": "The stride is handed over, and with padding 1 stride 2 is right.",
        },
    ),
    "Layer5": (
        "c",
        {
            "a": "The transpose is right: dx has C maps, and each collects from all F maps of dy.",
            "b": "kh - 1 is as wide as it must be: the first pixel is reached by the first output "
            "alone.",
            "c": "A pixel collects dy[p - u, q - v] * w[u, v], with minus signs, and conv_forward "
            "goes with plus signs. The kernel must be turned by 180 degrees.",
        },
    ),
    "Layer6": (
        "a",
        {
            "a": "The windows may end before the padded image does, and then dx is as many rows "
            "and columns too small as they leave over. At padding 0 the gradient there is 0. With "
            "padding, p : height - p leaves out pixels that windows did reach.",
            "b": "The size says where the windows end and col2im where they begin: both need the "
            "stride, and at stride 2 every row that is there is right.",
            "c": "The end of this slice is counted from the front, so padding 0 does no harm.",
        },
    ),
}
