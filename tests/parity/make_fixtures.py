"""Writes tests/parity/fixtures: tiny random models of each family with what `transformers` and
`torch` make of them, computed in double precision. Needs torch, transformers and safetensors;
nothing that is built or tested needs this script.

    python tests/parity/make_fixtures.py tests/parity/fixtures
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

VOCAB = 96
STEPS = 10
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 0.01
CLIP = 1.0

SMALL = dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
             attn_implementation="eager")
LLAMA3_ROPE = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=32)
YARN_ROPE = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=64)


def models():
    llama, qwen2, qwen3 = (transformers.LlamaConfig, transformers.Qwen2Config,
                           transformers.Qwen3Config)
    yield "llama", llama(**SMALL, rope_theta=500000.0, rope_scaling=dict(LLAMA3_ROPE),
                         tie_word_embeddings=False)
    yield "llama-yarn", llama(**SMALL, rope_theta=10000.0, rope_scaling=dict(YARN_ROPE),
                              tie_word_embeddings=True)
    yield "qwen2", qwen2(**SMALL, rope_theta=1e6, tie_word_embeddings=True)
    yield "qwen3", qwen3(**SMALL, head_dim=16, rope_theta=1e6, tie_word_embeddings=False)


def randomize(model):
    """Norms and biases too, so that their gradients matter."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(torch.randn_like(p) * (0.5 if "embed" in name else 0.15) + ("norm" in name))


def loss_of(model, sequences):
    """Mean cross-entropy over all next tokens of all sequences."""
    total, count = 0.0, 0
    for ids in sequences:
        logits = model(ids[None]).logits[0, :-1]
        total = total + torch.nn.functional.cross_entropy(logits, ids[1:], reduction="sum")
        count += len(ids) - 1
    return total / count


def training_curve(model, sequences):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW(
        [dict(params=matrices, weight_decay=WEIGHT_DECAY), dict(params=vectors, weight_decay=0.0)],
        lr=LEARNING_RATE, betas=(0.9, 0.95), eps=1e-8)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, sequences)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
    losses.append(loss_of(model, sequences).item())
    return losses


def write(folder, config):
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config)
    randomize(model)
    folder.mkdir(parents=True, exist_ok=True)
    model.float().save_pretrained(folder, safe_serialization=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model = model.double()
    sequences = [torch.randint(0, VOCAB, (n,)) for n in (5, 33, 70)]
    golden = {f"tokens.{i}": ids.double() for i, ids in enumerate(sequences)}
    with torch.no_grad():
        for i, ids in enumerate(sequences):
            golden[f"logits.{i}"] = model(ids[None]).logits[0].contiguous()
    loss = loss_of(model, sequences)
    loss.backward()
    golden["loss"] = loss.detach().reshape(1)
    for name, p in model.named_parameters():
        golden["grad." + name] = p.grad.clone()
    golden["curve"] = torch.tensor(training_curve(model, sequences), dtype=torch.float64)
    save_file(golden, str(folder / "golden.safetensors"))
    print(folder.name, f"loss {loss.item():.6f}", [round(x, 4) for x in golden["curve"].tolist()])


def main():
    torch.set_default_dtype(torch.float32)
    out = pathlib.Path(sys.argv[1])
    for name, config in models():
        write(out / name, config)
    (out / "made_with.json").write_text(json.dumps(
        {"torch": torch.__version__, "transformers": transformers.__version__}, indent=1) + "\n")


if __name__ == "__main__":
    main()
