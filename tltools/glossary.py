"""The words of the field, each in a sentence or two for a bright 14-year-old, with the
page on which one meets it.

Owns the words. Leaves showing them to `ui`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word. meaning: plain text. page: short name of the page that shows it ("" for
    none). also: other words for it."""

    word: str
    meaning: str
    page: str = ""
    also: tuple[str, ...] = ()


TERMS: tuple[Term, ...] = tuple(
    sorted((
        Term(
            "Accuracy",
            "The share of pictures that the model names rightly. It means something only "
            "together with how many pictures stand behind it: 90 % of 10 pictures may be luck, "
            "90 % of 1,000 is not.", "train"),
        Term(
            "Augmentation",
            "Showing each training picture in several variations (mirrored, shifted, turned, "
            "brighter), so that the network learns what stays the same. It helps most with few "
            "pictures.", "train"),
        Term(
            "Backbone",
            "The large part of the network that turns a picture into features. Here it has usually "
            "learned already, from very many photos of other things.",
            "model", ("base model", "feature extractor")),
        Term(
            "Batch",
            "The handful of pictures that the network sees before it changes its weights "
            "once. 32 is usual.", "train"),
        Term(
            "BatchNormalization",
            "A layer that keeps the values inside a network in a steady range. While a pretrained "
            "network is fine-tuned here, these layers stay as they are; otherwise a few odd "
            "batches could spoil them.", "model"),
        Term(
            "Class",
            "One of the answers that the model can give, such as “cat”. It can never answer "
            "anything else: shown a horse, it will still say cat or dog.",
            "data", ("category", "label")),
        Term(
            "Class weights",
            "Mistakes on rare classes are made to count more, so that the network does not simply "
            "learn to say the common ones.", "train"),
        Term(
            "Confusion matrix",
            "A table of what the pictures of each class were called. It shows which "
            "classes are mixed up."),
        Term("Data set",
             "Your pictures with their classes, split into training, validation and test.", "data"),
        Term(
            "Dropout",
            "While it trains, a share of the values is hidden at random, so that the network "
            "cannot lean on a few of them. When it answers, all are used.", "model"),
        Term(
            "Early stopping",
            "Training ends by itself when the validation pictures have not been answered better "
            "for some epochs; the best weights are kept.", "train", ("patience",)),
        Term("Epoch", "One pass in which the network sees every training picture once.", "train"),
        Term(
            "Feature",
            "A number that says how strongly something is seen in a picture: an edge, a texture, "
            "an ear. A backbone gives hundreds of them for each picture.", "model"),
        Term(
            "Feature extraction",
            "Transfer learning with the whole backbone frozen: its features are computed once for "
            "each picture, and only a small head learns from them. It takes seconds.", "model"),
        Term(
            "Fine-tuning",
            "After the head has learned, some of the last stages learn too, in far smaller steps. "
            "It pays with enough pictures, or with pictures unlike those the backbone knows.",
            "model"),
        Term(
            "Freeze boundary",
            "The line between the stages that stay as they are (frozen) and those that may learn.",
            "model"),
        Term(
            "Frozen",
            "These weights do not change in training. What a network learned from very "
            "many photos is kept.", "model"),
        Term(
            "From scratch",
            "Training that starts from random weights, without any knowledge. It needs far more "
            "pictures; here it is the honest comparison.", "model"),
        Term(
            "Head",
            "The new, small part at the end that turns features into your "
            "classes. It always learns.", "model"),
        Term(
            "ImageNet",
            "A collection of 1.3 million photos of 1,000 kinds of things, from which most "
            "published backbones have learned.", "model"),
        Term(
            "Input size",
            "The side in pixels of the square picture that the network sees. Twice the side takes "
            "about four times as long.", "model"),
        Term(
            "Label smoothing",
            "The network is asked to be almost sure instead of quite sure, which makes its "
            "confidence more honest.", "train"),
        Term(
            "Learning rate",
            "The size of the steps in which weights change. Too large and the loss jumps about; "
            "too small and nothing seems to happen.", "train"),
        Term(
            "Learning-rate schedule",
            "A plan by which the learning rate changes while training goes on, usually down, so "
            "that the last steps are fine ones.", "train"),
        Term(
            "Loss",
            "How wrong, and how wrongly sure, the answers are. Training makes it smaller. "
            "0 would be perfect.", "train"),
        Term(
            "Optimizer",
            "The rule by which weights change to make the loss smaller. Adam is a "
            "good first choice.", "train"),
        Term(
            "Overfitting",
            "The network knows its training pictures by heart and fails on new ones. In the "
            "charts: the training curve goes on rising while the validation curve does not.",
            "train"),
        Term(
            "Parameter",
            "One of the numbers that a network learns. Small networks have some hundred thousand, "
            "large ones hundreds of millions.", "model", ("weight",)),
        Term(
            "Pooling",
            "Drawing together what is seen at all places of a picture, by average or by the "
            "strongest. Flattening keeps all places instead, and makes the head much larger.",
            "model", ("flatten",)),
        Term("Pretrained", "Having already learned from other pictures.", "model"),
        Term(
            "Run",
            "One training, with its settings, curves, scores and model. It stays "
            "until you delete it.", "runs"),
        Term(
            "Seed",
            "The number from which all chance here comes. The same seed gives the same split and "
            "the same start.", "train"),
        Term(
            "Softmax",
            "The last step of the head: it turns scores into shares that add up to 100 %. High is "
            "not the same as right.", "classify", ("confidence",)),
        Term(
            "Stage",
            "A group of layers that work at one level of detail. Early stages see edges and "
            "colours, late ones whole things.", "model"),
        Term(
            "Test set",
            "Pictures that are looked at only once, after everything is decided. Only they tell "
            "how good the model is on new pictures.", "data"),
        Term("Training set", "The pictures from which the network learns.", "data"),
        Term("Transfer learning",
             "Using what a network learned from other pictures for pictures of your own.", "home"),
        Term(
            "Validation set",
            "Pictures that the network does not learn from, watched after each epoch to choose "
            "when to stop and which settings are better.", "data"),
        Term("Workspace", "One person's own data sets and runs. In a class everybody has one.",
             "home"),
    ), key=lambda term: term.word.lower()))


def search(words: str) -> list[Term]:
    """The terms whose word, other names or meaning hold all of `words`, those whose
    name holds them first."""
    wanted = words.lower().split()
    found = [
        term for term in TERMS
        if all(part in f"{term.word} {' '.join(term.also)} {term.meaning}".lower()
               for part in wanted)
    ]
    return sorted(
        found, key=lambda term: not all(
            part in f"{term.word} {' '.join(term.also)}".lower() for part in wanted))
