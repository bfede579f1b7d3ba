"""What a task may use: the product's engines, a seed, a stopwatch, progress."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from schemas.answers import EncodeAsk, TextAnswer

if TYPE_CHECKING:
    from infra.engines import Engines
    from models.encoder import TextEncoder
    from models.language import LanguageIdentifier
    from models.transcriber import Transcriber
    from threadline.settings import Settings

T = TypeVar("T")

SEED = 20261125


@dataclass
class Stopwatch:
    """What a stretch of work took: processor seconds of this process, and seconds on the wall.

    Work per processor second is work per core-second, however many threads did it.
    """

    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass
class Lab:
    """Opens engines by the settings, as the product does, when a task first asks for them.

    `part` is the part of the data to measure: "all", or another that the task documents
    ("held-out": what our own recipes keep out of training). `progress` is told what is done of
    how many.
    """

    settings: Settings
    part: str = "all"
    rounds: int = 1_000
    progress: Callable[[int, int], None] = lambda done, total: None
    _open: list[Engines] = field(default_factory=list)

    def generator(self) -> np.random.Generator:
        """Give a generator of random numbers, with the same seed every time."""
        return np.random.default_rng(SEED)

    @cached_property
    def engines(self) -> Engines:
        """Open the pool of engines; recordings are asked for by their path as `blob`."""
        from infra.engines import Engines

        engines = Engines(
            Path,
            models=self.settings.models,
            speech=self.settings.speech_model,
            own=self.settings.file.models,
            device=self.settings.speech_device,
            compute_type=self.settings.speech_compute,
            cores=self.settings.worker_count,
            text_threads=self.settings.worker_count,
        )
        self._open.append(engines)
        return engines

    @cached_property
    def encoder(self) -> TextEncoder:
        """Open the text encoder itself, without the choice of language before it."""
        from models.catalogue import PACKAGED, UTTERANCE_ENCODER
        from models.encoder import TextEncoder

        return TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)

    @cached_property
    def identifier(self) -> LanguageIdentifier:
        """Open the language identifier."""
        from models.language import LanguageIdentifier

        return LanguageIdentifier()

    @cached_property
    def transcriber(self) -> Transcriber:
        """Open the speech model of the settings, one worker per core."""
        from models.speech import speech_model
        from models.transcriber import Transcriber

        settings = self.settings
        model = speech_model(
            settings.speech_model,
            settings.models,
            settings.speech_device,
            settings.speech_compute,
        )
        return Transcriber(
            model.source,
            name=model.name,
            workers=settings.worker_count,
            device=model.device,
            compute_type=model.compute_type,
        )

    def read(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[TextAnswer]:
        """Ask the product about texts; `languages` are hints, one per text."""
        hints = languages or [None] * len(texts)
        asked = [
            self.engines.submit(EncodeAsk(text=text, language_hint=hint))
            for text, hint in zip(texts, hints, strict=True)
        ]
        answers = []
        for one in self.each(asked):
            answer = one.result()
            assert isinstance(answer, TextAnswer)
            answers.append(answer)
        return answers

    def each(self, items: Sequence[T] | Iterable[T], total: int | None = None) -> Iterator[T]:
        """Go through items, telling the progress."""
        many = total if total is not None else len(items) if isinstance(items, Sequence) else 0
        for done, item in enumerate(items):
            self.progress(done, many)
            yield item
        self.progress(many, many)

    @contextmanager
    def stopwatch(self) -> Iterator[Stopwatch]:
        """Time what is done inside; open the engines before, so that loading does not count."""
        watch = Stopwatch()
        cpu, wall = _cpu_s(), time.perf_counter()
        yield watch
        watch.cpu_s, watch.wall_s = _cpu_s() - cpu, time.perf_counter() - wall

    def close(self) -> None:
        """Close what was opened."""
        for engines in self._open:
            engines.close()
        self._open.clear()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
