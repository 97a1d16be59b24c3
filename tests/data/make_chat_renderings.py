#!/usr/bin/env python3
"""Makes chat_renderings.json beside it: chats as transformers' apply_chat_template writes them.

Needs transformers 5.23 and gguf, and what tests/support/fetch_*.py put into build/assets.
"""
import json
import pathlib
import re

import gguf
import transformers

HERE = pathlib.Path(__file__).resolve().parent
ASSETS = HERE.parents[1] / "build/assets"

# Without the parts about tools; tokenizer_config.json of Qwen/Qwen2.5-7B-Instruct.
QWEN25 = """
{%- if messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""".strip()

S, U, A = "system", "user", "assistant"
CHATS = [
    [(U, "Hello")],
    [(S, "Answer in one word."), (U, "Capital of France?"), (A, "Paris")],
    [(U, "one"), (A, "two"), (U, "three"), (A, "four"), (U, "five")],
    [(U, "  spaces \u00a0\n"), (A, "\n\n both ends\t"), (U, "\u3000日本語\u2003"), (A, "はい")],
    [(A, "I begin."), (U, "Go on."), (S, "Be brief."), (A, "")],
    [(U, "2+2?"), (A, "<think>\nTwo and two.\n</think>\n\n4"), (U, "3+3?"), (A, "<think>\nThree…\n</think>\n\n6")],
    [(U, "2+2?"), (A, "Thought without a start</think>4</think>\n5"), (A, "again <think> twice")],
    [(U, "weather?"), (A, "<think>ask</think>\nasking"), (U, "<tool_response>\nrain\n</tool_response>"), (A, "Rain.")],
    [(S, "Only a system message.")],
]


def asset_template(name: str) -> str:
    return json.loads((ASSETS / name / "tokenizer_config.json").read_text())["chat_template"]


def llama3() -> str:
    """The package has the first version, which opens an assistant's turn after every chat. The published one asks."""
    start, end = "{{ '<|start_header_id|>assistant", " }}"
    template = asset_template("llama3")
    body, prompt = template[:template.rindex(start)], template[template.rindex(start):]
    assert prompt.endswith(end)
    return f"{body}{{% if add_generation_prompt %}}{prompt}{{% endif %}}"


def smollm2() -> str:
    (path,) = (ASSETS / "smollm2").rglob("*.gguf")
    field = gguf.GGUFReader(path).fields["tokenizer.chat_template"]
    return bytes(field.parts[field.data[0]]).decode()


TEMPLATES = {  # template, header of an assistant's turn, end of a turn
    "llama3": (llama3(), "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
    "qwen2.5": (QWEN25, "<|im_start|>assistant\n", "<|im_end|>"),
    "qwen3": (asset_template("qwen3"), "<|im_start|>assistant\n", "<|im_end|>"),
    "smollm2": (smollm2(), "<|im_start|>assistant\n", "<|im_end|>"),
}


def main() -> None:
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(ASSETS / "llama3/tokenizer.json"),
                                                     bos_token="<|begin_of_text|>")
    renderings = []
    for name, (template, header, end) in TEMPLATES.items():
        for chat in CHATS:
            messages = [{"role": role, "content": content} for role, content in chat]
            for prompt in (False, True):
                text = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False,
                                                     add_generation_prompt=prompt)
                turns = re.finditer(f"{re.escape(header)}(.*?{re.escape(end)})", text, re.DOTALL)
                said = [[len(text[:turn.start(1)].encode()), len(text[:turn.end(1)].encode())] for turn in turns]
                renderings.append({"template": name, "messages": messages, "add_generation_prompt": prompt,
                                   "text": text, "assistant": said})
    lines = ",\n".join(" " + json.dumps(rendering, ensure_ascii=False) for rendering in renderings)
    (HERE / "chat_renderings.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
