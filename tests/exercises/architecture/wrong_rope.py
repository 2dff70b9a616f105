"""旋转位置编码的几种错答案：每一个都应当被公开测试抓住。"""

import torch

from labs.architecture.rope import rotate


def rotate__backwards(x, positions, theta, pairing="halves", max_position=None):
    """转错了方向；得分照样只看距离，只有和规格比才看得出来。"""
    return rotate(x, positions, -theta, pairing, max_position)


def rotate__always_interleaved(x, positions, theta, pairing="halves", max_position=None):
    """不管 pairing。"""
    rotate(x, positions, theta, pairing, max_position)
    return rotate(x, positions, theta, "interleaved", max_position)


def rotate__half_precision_angles(x, positions, theta, pairing="halves", max_position=None):
    """角度用 float32 存：近处看不出来，远处就错。"""
    rotate(x, positions, theta, pairing, max_position)
    angle = (positions.float().unsqueeze(-1) * theta.float()) % (2 * torch.pi)
    rows = [rotate(x, torch.ones_like(positions), angle_row, pairing) for angle_row in angle.reshape(-1, len(theta))]
    return torch.stack([row[..., t, :] for t, row in enumerate(rows)], dim=-2) if positions.dim() == 1 else rotate(x, positions, theta, pairing)


def rotate__negative_positions_allowed(x, positions, theta, pairing="halves", max_position=None):
    """只查上限，不查下限。"""
    return rotate(x, positions, theta, pairing, max_position if max_position and positions.min() >= 0 else None)


def rotate__off_by_one_maximum(x, positions, theta, pairing="halves", max_position=None):
    """放过了等于 max_position 的位置。"""
    return rotate(x, positions, theta, pairing, max_position + 1 if max_position else None)


def rotate__tail_turned_too(x, positions, theta, pairing="halves", max_position=None):
    """halves 按整个宽度对半切，不按转动的那几维切。"""
    if pairing != "halves" or 2 * len(theta) == x.shape[-1]:
        return rotate(x, positions, theta, pairing, max_position)
    rotate(x, positions, theta, pairing, max_position)
    return rotate(x, positions, torch.cat([theta, theta.new_zeros(x.shape[-1] // 2 - len(theta))]), pairing)
