"""无偏 pass@k 的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

import math

from labs.capabilities.pass_at_k import naive_pass_at_k, pass_at_k


def pass_at_k__plugging_in_the_frequency(n, c, k):
    return naive_pass_at_k(n, c, k)


def pass_at_k__share_of_right_answers(n, c, k):
    pass_at_k(n, c, k)
    return min(1.0, k * c / n)


def pass_at_k__only_the_first_k_tries_of_a_sorted_list(n, c, k):
    pass_at_k(n, c, k)
    return float(c > 0)


def pass_at_k__all_right_instead_of_any(n, c, k):
    pass_at_k(n, c, k)
    return math.comb(c, k) / math.comb(n, k)


def pass_at_k__overflowing(n, c, k):
    pass_at_k(n, c, k)
    return 1 - float(math.comb(n - c, k)) / float(math.comb(n, k))


def pass_at_k__with_replacement_corrected_by_one(n, c, k):
    pass_at_k(n, c, k)
    return 1 - (1 - (c + 1) / (n + 2)) ** k


def pass_at_k__no_questions_asked(n, c, k):
    return 1 - math.comb(max(n - c, 0), max(k, 0)) / max(math.comb(n, max(k, 0)), 1)
