"""Export the speaker encoder of Resemblyzer to ONNX: `python -m models.training.speaker_encoder`.

Needs `pip install Resemblyzer==0.1.4 torch onnx onnxruntime librosa`, which Threadline itself does
not. Takes some seconds on one core. There is no training and no data: the weights are the
package's own (`pretrained.pt`). The first layer reads powers that span six decades and stays in
float; the other two are stored with 8 bits a weight, scaled per channel.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NAME = "speaker-encoder.int8.onnx"
FRAMES, CHANNELS = 160, 40


def export(path: Path) -> None:
    """Write the graph with float weights: windows x frames x channels to unit vectors."""
    import torch
    from resemblyzer import VoiceEncoder

    encoder = VoiceEncoder("cpu", verbose=False).eval()

    class Graph(torch.nn.Module):  # type: ignore[misc]  # torch ships no types here
        """What `VoiceEncoder.forward` does, safe where a window gives no activation at all."""

        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.linear = encoder.lstm, encoder.linear

        def forward(self, mels: Any) -> Any:
            """Embed windows."""
            _, (hidden, _) = self.lstm(mels)
            raw = torch.relu(self.linear(hidden[-1]))
            return raw / torch.clamp(torch.norm(raw, dim=1, keepdim=True), min=1e-9)

    torch.onnx.export(
        Graph().eval(),
        (torch.zeros(3, FRAMES, CHANNELS),),
        str(path),
        input_names=["mels"],
        output_names=["embedding"],
        dynamic_axes={"mels": {0: "windows", 1: "frames"}, "embedding": {0: "windows"}},
        opset_version=17,
        dynamo=False,
    )


def quantise(source: Path, target: Path) -> None:
    """Store all LSTM layers but the first with 8 bits a weight."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    layers = [node.name for node in onnx.load(source).graph.node if node.op_type == "LSTM"]
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["LSTM"],
        nodes_to_exclude=layers[:1],
    )


def main() -> None:
    """Export into the folder given, and print what the catalogue needs to know."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("models/weights/speaker-encoder")
    target = folder / NAME
    with TemporaryDirectory() as scratch:
        full = Path(scratch) / "speaker-encoder.onnx"
        export(full)
        quantise(full, target)
    content = target.read_bytes()
    print(target, len(content), sha256(content).hexdigest())  # noqa: T201  # a recipe talks


if __name__ == "__main__":
    main()
