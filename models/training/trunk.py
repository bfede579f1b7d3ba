"""MiniLM in torch, forked: lower layers as they were, upper layers once more to be tuned."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 384
HEADS = 12
LAYERS = 6
SHARED = 2  # layers below the fork; more make the graph faster, fewer make it learn more
EPSILON = 1e-12


class Layer(nn.Module):  # type: ignore[misc]  # torch is untyped where it is not installed
    """One layer of BERT (Devlin et al., 2019), post-norm; parameter names are ours."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.norm_1 = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.norm_2 = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Transform hidden states [texts, tokens, width]; `mask` is true where there is a token."""
        texts, tokens, _ = hidden.shape
        parts = self.qkv(hidden).view(texts, tokens, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(texts, tokens, WIDTH)
        hidden = self.norm_1(hidden + self.attended(seen))
        return self.norm_2(hidden + self.narrow(functional.gelu(self.wide(hidden))))


class Trunk(nn.Module):  # type: ignore[misc]  # torch is untyped where it is not installed
    """Embeddings and layers; `pooled` is the mean over the tokens of each text."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        positions = weights["embeddings.position_embeddings.weight"]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self.words = nn.Embedding.from_pretrained(weights["embeddings.word_embeddings.weight"])
        self.positions = nn.Embedding.from_pretrained(positions + kind)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.norm.load_state_dict(_norm(weights, "embeddings.LayerNorm"))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        for number, layer in enumerate(self.layers):
            layer.load_state_dict(_layer(weights, f"encoder.layer.{number}."))
        for part in (self.words, self.positions, self.norm, *self.layers[:SHARED]):
            part.requires_grad_(False)

    def pooled(self, ids: Tensor, present: Tensor) -> Tensor:
        """Encode padded token ids; `present` is true where a token is no padding."""
        mask = present[:, None, None, :]
        with torch.no_grad():
            places = torch.arange(ids.shape[1])
            hidden = self.norm(self.words(ids) + self.positions(places))
            for layer in self.layers[:SHARED]:
                hidden = layer(hidden, mask)
        for layer in self.layers[SHARED:]:
            hidden = layer(hidden, mask)
        kept = present.unsqueeze(-1).to(hidden.dtype)
        return (hidden * kept).sum(1) / kept.sum(1)


def _norm(weights: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    return {part: weights[f"{name}.{part}"] for part in ("weight", "bias")}


def _layer(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Rename one layer of Hugging Face's BERT; query, key and value are laid side by side."""
    of = {
        "attended": "attention.output.dense",
        "norm_1": "attention.output.LayerNorm",
        "wide": "intermediate.dense",
        "narrow": "output.dense",
        "norm_2": "output.LayerNorm",
    }
    state = {}
    for part in ("weight", "bias"):
        three = (f"{prefix}attention.self.{name}.{part}" for name in ("query", "key", "value"))
        state[f"qkv.{part}"] = torch.cat([weights[name] for name in three])
        state |= {
            f"{ours}.{part}": weights[f"{prefix}{theirs}.{part}"] for ours, theirs in of.items()
        }
    return state
