"""校准表的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

from labs.fairness.thresholds import calibration


def calibration__zero_for_empty_cells(scores, y, bins=10):
    return [(n, guess or 0, truth or 0) for n, guess, truth in calibration(scores, y, bins)]


def calibration__leaves_out_empty_cells(scores, y, bins=10):
    return [cell for cell in calibration(scores, y, bins) if cell[0]]


def calibration__loses_the_score_of_one(scores, y, bins=10):
    calibration(scores, y, bins)
    kept = [(s, t) for s, t in zip(scores, y, strict=True) if s < 1]
    return calibration(*zip(*kept, strict=True), bins) if kept else [(0, None, None)] * bins


def calibration__uses_the_middle_of_the_cell(scores, y, bins=10):
    return [(n, (k + 0.5) / bins if n else None, truth) for k, (n, _, truth) in enumerate(calibration(scores, y, bins))]


def calibration__no_questions_asked(scores, y, bins=10):
    kept = [(min(max(s, 0), 1), t) for s, t in zip(scores, y, strict=False)]
    return calibration(*zip(*kept, strict=True), bins) if kept else [(0, None, None)] * bins
