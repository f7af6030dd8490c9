"""How near a written text is to the one that was wanted. Words are words where a script has spaces, and characters where it has none."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.evaluate.metrics import FloatArray, IntArray

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# Han, kana, Thai, Lao, Khmer, Burmese: each character is a word of its own.
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
    "|[^\\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)


def words(text: str) -> list[str]:
    """Without case and punctuation."""
    return _WORD.findall(text.lower())


def bleu_tokenizer(references: Sequence[str]) -> str:
    """What sacreBLEU should cut texts into words with: `zh` where most words are Chinese, `char` for others without spaces, else `13a`."""
    found = [word for text in references for word in words(text)]
    num_han = sum(_HAN.fullmatch(word) is not None for word in found)
    num_unspaced = sum(len(word) == 1 and _UNSPACED.fullmatch(word) is not None for word in found)
    if 2 * num_unspaced <= len(found):
        return "13a"
    # A tenth of kana or the like is no slip in a Chinese text, but another language.
    return "zh" if num_han > 0.9 * num_unspaced else "char"


def exact_matches(references: Sequence[str], written: Sequence[str]) -> FloatArray:
    """1 for a text that is the wanted one but for the spaces between and around its words."""
    pairs = zip(references, written, strict=True)
    return np.array([float(wanted.split() == said.split()) for wanted, said in pairs])


def word_f1(references: Sequence[str], written: Sequence[str]) -> FloatArray:
    """Harmonic mean of the shares of wanted words that are said and of said words that are wanted, text by text."""
    return np.array([_f1(words(wanted), words(said)) for wanted, said in zip(references, written, strict=True)])


def _f1(wanted: Sequence[str], said: Sequence[str]) -> float:
    if not wanted or not said:
        return float(not wanted and not said)
    shared = sum((Counter(wanted) & Counter(said)).values())
    return 2 * shared / (len(wanted) + len(said))


def rouge(references: Sequence[str], written: Sequence[str]) -> dict[str, FloatArray]:
    """F1 of shared words, shared pairs of words and the longest common subsequence, text by text (Lin 2004), by rouge-score.

    Its own way to find words knows a to z and digits alone, and gives Chinese 0; on texts of these ours is the same, but for an underscore,
    which is a part of a word here.
    """
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 - it loads nltk, which takes a second

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Words())
    found = [scorer.score(wanted, said) for wanted, said in zip(references, written, strict=True)]
    names = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
    return {name: np.array([scores[key].fmeasure for scores in found]) for name, key in names.items()}


def rouge_signature() -> str:
    return f"rouge-score {importlib.metadata.version('rouge-score')}, F1, lower case, no stemming, characters of scripts without spaces"


class _Words:
    def tokenize(self, text: str) -> list[str]:
        return words(text)


class CorpusScore:
    """BLEU or chrF of any selection of texts, from counts that are made once (Post 2018, arXiv:1804.08771; Popović 2015).

    A corpus score is no mean over texts: the bootstrap needs the counts. From 0 to 100, as usual.
    """

    def __init__(
        self, metric: str, references: Sequence[str], written: Sequence[str], *, tokenize: str = "13a"
    ) -> None:
        # Imported here: it takes a moment that a warm trainer should not pay before its first step.
        from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415
        from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415

        self._metric = BLEU(tokenize=tokenize) if metric == "bleu" else CHRF()
        counts = self._metric._extract_corpus_statistics(list(written), [list(references)])  # noqa: SLF001 - the library resamples with it too
        self._counts = np.array(counts, dtype=np.float64)

    @property
    def signature(self) -> str:
        """How it was computed, in sacreBLEU's own spelling."""
        return str(self._metric.get_signature())

    def __call__(self, rows: IntArray) -> float:
        totals = self._counts[rows].sum(0)
        score = self._metric._compute_score_from_stats([int(count) for count in totals])  # noqa: SLF001 - likewise
        return float(score.score)
