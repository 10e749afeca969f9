#!/usr/bin/env python3
"""Training and decoding of Qwen2.5's shapes with random weights in PyTorch and transformers: what
cuda_model_bench prints of this project, of the same shapes, in the same units.

    compare_torch.py [0.5B|1.5B|7B ...] [--part train|decode] [--device cuda|cpu] [--small]

Training: f32 parameters, bf16 by autocast, SDPA, fused AdamW; eager and compiled. Decoding: bf16,
greedy, generate() with its static cache, which it compiles. --small: sizes that show in seconds on a
CPU that the script works.
"""
import argparse
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPES = {
    "0.5B": dict(vocab_size=151936, hidden_size=896, num_hidden_layers=24, num_attention_heads=14,
                 num_key_value_heads=2, intermediate_size=4864, tie_word_embeddings=True),
    "1.5B": dict(vocab_size=151936, hidden_size=1536, num_hidden_layers=28, num_attention_heads=12,
                 num_key_value_heads=2, intermediate_size=8960, tie_word_embeddings=True),
    "7B": dict(vocab_size=152064, hidden_size=3584, num_hidden_layers=28, num_attention_heads=28,
               num_key_value_heads=4, intermediate_size=18944, tie_word_embeddings=False),
}
SMALL = dict(vocab_size=512, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, intermediate_size=128, tie_word_embeddings=True)


def model_of(shape, dtype, device):
    config = Qwen2Config(max_position_embeddings=32768, rope_theta=1e6,
                         attn_implementation="sdpa", **shape)
    torch.manual_seed(1)
    with torch.device(device):
        return Qwen2ForCausalLM(config).to(dtype)


def seconds(device, work, repeats=5):
    """The median of some runs after one that warms up."""
    def once():
        begin = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begin

    once()
    return sorted(once() for _ in range(repeats))[repeats // 2]


def bench_training(name, shape, context, device, compiled):
    model = model_of(shape, torch.float32, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
    run = torch.compile(model) if compiled else model
    ids = torch.randint(0, shape["vocab_size"], (4, context), device=device)

    def step():
        for sequence in ids.split(1):
            with torch.autocast(device, torch.bfloat16):
                run(input_ids=sequence, labels=sequence, use_cache=False).loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    rate = ids.numel() / seconds(device, step)
    print(f"{name:4} train, 4 x {context:5}: {rate:9.0f} tokens/s, PyTorch "
          f"{'compiled' if compiled else 'eager'}", flush=True)


def bench_decoding(name, shape, batch, context, device):
    model = model_of(shape, torch.bfloat16, device).eval()
    ids = torch.randint(0, shape["vocab_size"], (batch, context), device=device)

    def generate(tokens):
        with torch.inference_mode():
            model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                           max_new_tokens=tokens, min_new_tokens=tokens,
                           cache_implementation="static", pad_token_id=0)

    # The prompts' prefill is in both times.
    tokens = 33
    rounds = seconds(device, lambda: generate(tokens), 3) - seconds(device, lambda: generate(1), 3)
    print(f"{name:4} decode, batch {batch:4}, context {context:4}: "
          f"{batch * (tokens - 1) / rounds:9.0f} tokens/s, transformers", flush=True)


def attempt(what, work, *args):
    """What does not fit is said, and the rest goes on."""
    try:
        work(*args)
    except torch.OutOfMemoryError:
        print(f"{what}: does not fit", flush=True)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    parser.add_argument("--part", choices=["train", "decode"])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    contexts = [32] if options.small else [4096, 16384]
    decodes = [(2, 32)] if options.small else [(batch, context) for context in (1024, 8192)
                                               for batch in (1, 64, 256, 1024)]
    for name in options.shapes:
        shape = SMALL if options.small else SHAPES[name]
        if options.part != "decode":
            for context in contexts:
                for compiled in (False, True):
                    attempt(f"{name} train", bench_training, name, shape, context, options.device,
                            compiled)
        if options.part != "train":
            for batch, context in decodes:
                attempt(f"{name} decode, batch {batch}, context {context}", bench_decoding, name,
                        shape, batch, context, options.device)


if __name__ == "__main__":
    main()
