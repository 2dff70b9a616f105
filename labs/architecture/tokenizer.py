"""字节级 BPE 分词器：文本 ↔ 词元编号，任何 Unicode 文本都能原样还原。

    encode：在特殊词元处切开 → 预分词 → UTF-8 字节 → 按训练时的次序合并 → 编号
    decode：编号 → 字节串接起来 → UTF-8；凑不成字的字节换成 U+FFFD（�），因为模型什么编号都可能写出来

“今天”是 E4 BB 8A E5 A4 A9 六个字节；没有合并可用时就是六个词元，一个词元可以只是半个字。

来源：radford2019language，2.2 节；与 tiktoken、tokenizers 两个包用同一份词表和合并时逐个编号相同。
不含：规范化、BOS/EOS 与对话模板（它们只是往里面填特殊词元）。
正文：docs/07-architecture/tokenization.md。
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import regex

from labs.architecture.bpe_training import merge
from labs.architecture.pretokenize import check_special, compiled, pretokenize, split_special

CACHED_PIECES = 1 << 16  # 记住这么多段的结果；封顶，流才不会越读越占内存
# 字母之后不是字母、数字或附标的地方：PATTERNS 里没有一条正则会跨过它，前后可以分开切
SAFE_CUT = regex.compile(r"(?<=\p{L})(?=[^\p{L}\p{N}\p{M}])")


class Tokenizer:
    """由词表（编号 → 字节串）、有次序的合并和特殊词元组成。不在词表里的特殊词元接着往后编号。

    出错：词表缺字节、有重复，合并的次序不对，或特殊词元会被普通文本冒充，抛出 ValueError。
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Sequence[str] = (),
        pattern: str = "gpt2",
    ) -> None:
        compiled(pattern)
        ids = check_vocab(vocab)
        check_merges(merges, ids, special_tokens)
        self.pattern, self.special_tokens = pattern, tuple(special_tokens)
        self.vocab = dict(vocab)
        for token in special_tokens:
            if token.encode("utf-8") not in ids:
                self.vocab[max(self.vocab) + 1] = token.encode("utf-8")
        self.ids = {token: i for i, token in self.vocab.items()}
        self._rank = {(self.ids[a], self.ids[b]): rank for rank, (a, b) in enumerate(merges)}
        self._encode_piece = lru_cache(CACHED_PIECES)(self._merge_piece)

    # --8<-- [start:encode]
    def encode(self, text: str, allow_special: bool = True) -> list[int]:
        """文本 → 编号。读别人写的文本时取 allow_special=False，<|end|> 之类就只是几个普通的字符。"""
        special = self.special_tokens if allow_special else ()
        ids: list[int] = []
        for part in split_special(text, special):
            if part in special:
                ids.append(self.ids[part.encode("utf-8")])
            else:
                for piece in pretokenize(part, self.pattern):
                    ids.extend(self._encode_piece(piece))
        return ids

    def _merge_piece(self, piece: str) -> tuple[int, ...]:
        """在一段之内，每次做次序最靠前的那条合并，直到无可合并。"""
        ids = [self.ids[bytes([byte])] for byte in piece.encode("utf-8")]
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if pair not in self._rank:
                break
            ids = merge(ids, pair, self.ids[self.vocab[pair[0]] + self.vocab[pair[1]]])
        return tuple(ids)

    # --8<-- [end:encode]

    # --8<-- [start:decode]
    def decode(self, ids: Iterable[int]) -> str:
        """编号 → 文本：先把字节全部接起来，再解码；一个字可能分在两个词元里，逐个解码会得到乱码。"""
        return b"".join(self.token_bytes(i) for i in ids).decode("utf-8", errors="replace")

    # --8<-- [end:decode]

    def token_bytes(self, i: int) -> bytes:
        """一个编号的字节串；没有这个编号，抛出 ValueError。"""
        if i not in self.vocab:
            raise ValueError(f"ids 里的 {i!r} 不在词表中，编号最大是 {max(self.vocab)}。")
        return self.vocab[i]

    def encode_iterable(self, chunks: Iterable[str]) -> Iterator[int]:
        """一块一块地读，一个一个地给；结果与 encode(全文) 相同，占的内存与全文多长无关。

        chunks 可以在任何地方断开，哪怕在特殊词元中间；只编码后文再也影响不到的那一截，
        其余留着。字母后面总也不来别的字符（如一亿个数字连写），就得一直留着。
        """
        kept = ""
        for chunk in chunks:
            kept += chunk
            cut = self._safe_cut(kept)
            yield from self.encode(kept[:cut])
            kept = kept[cut:]
        yield from self.encode(kept)

    def _safe_cut(self, text: str) -> int:
        """在这里切开，前后分别编码与合起来编码相同；留出最长的特殊词元，免得切断没读完的那个。"""
        limit = len(text) - max(map(len, self.special_tokens), default=0)
        cut = start = 0
        for part in split_special(text, self.special_tokens):
            if part in self.special_tokens:
                ends = [len(part)]
            else:
                ends = [match.start() for match in SAFE_CUT.finditer(part)]
            cut = max([cut, *(start + end for end in ends if start + end <= limit)])
            start += len(part)
        return cut


def check_vocab(vocab: object) -> dict[bytes, int]:
    """要求词表是编号 → 字节串，没有重复，256 个字节一个不缺；返回反过来的表。"""
    if not isinstance(vocab, Mapping):
        raise ValueError(f"vocab 应为字典：编号 → 字节串，得到 {type(vocab).__name__}。")
    ids: dict[bytes, int] = {}
    for i, token in vocab.items():
        if not (isinstance(i, int) and i >= 0 and isinstance(token, bytes) and token):
            raise ValueError(f"vocab 的每一项应为非负整数 → 非空的字节串，得到 {i!r} → {token!r}。")
        if token in ids:
            raise ValueError(f"vocab 里 {ids[token]} 与 {i} 都是 {token!r}。")
        ids[token] = i
    for byte in range(256):
        if bytes([byte]) not in ids:
            raise ValueError(f"vocab 缺少字节 0x{byte:02X}，含有它的文本无法编码。")
    return ids


def check_merges(merges: object, ids: Mapping[bytes, int], special_tokens: Sequence[str]) -> None:
    """要求每条合并只用到字节和前面合出的词元，结果在词表里，且不等于任何特殊词元。"""
    check_special(special_tokens)
    made = {bytes([byte]) for byte in range(256)}
    for n, (a, b) in enumerate(merges):  # type: ignore[arg-type, var-annotated]
        for token in (a, b):
            if token not in made:
                raise ValueError(f"merges 的第 {n} 条 {(a, b)!r} 用到 {token!r}，在它之前还没有合出来。")
        if a + b in made:
            raise ValueError(f"merges 的第 {n} 条 {(a, b)!r} 合出的 {a + b!r} 已经有了。")
        if a + b not in ids:
            raise ValueError(f"merges 的第 {n} 条 {(a, b)!r} 合出的 {a + b!r} 不在 vocab 里。")
        made.add(a + b)
    for token in special_tokens:
        if token.encode("utf-8") in made:
            raise ValueError(f"special_tokens 里的 {token!r} 也能由普通文本合并出来，会被冒充。")
