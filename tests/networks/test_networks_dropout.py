"""Dropout with a byte of chance a value."""

from __future__ import annotations

import pytest
import torch

from facethemodel.networks.dropout import QuickDropout


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_its_share_is_dropped_anywhere_and_the_mean_stays(share: float) -> None:
    torch.manual_seed(0)
    values = torch.full((200, 101), 3.0)
    dropped = QuickDropout(share).train()(values)
    zero = dropped == 0
    assert float(zero.float().mean()) == pytest.approx(share, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(3.0, rel=0.02)
    # One value for all that are kept, and no row or column is spared.
    assert len(dropped[~zero].unique()) == 1
    assert zero.any(dim=0).all()
    assert zero.any(dim=1).all()
    assert float((zero[:, 1:] & zero[:, :-1]).float().mean()) == pytest.approx(share**2, abs=0.01)


def test_the_same_seed_drops_the_same_and_the_next_time_others() -> None:
    dropout, values = QuickDropout(0.3).train(), torch.ones(7, 5)
    torch.manual_seed(4)
    first, second = dropout(values), dropout(values)
    torch.manual_seed(4)
    assert torch.equal(dropout(values), first)
    assert not torch.equal(first, second)


def test_gradients_go_where_values_went() -> None:
    values = torch.ones(50, 3, requires_grad=True)
    out = QuickDropout(0.25).train()(values)
    out.sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, out.detach())


@pytest.mark.parametrize("dropout", [QuickDropout(0.5).eval(), QuickDropout(0.0).train()])
def test_nothing_is_dropped_in_use_or_without_a_share(dropout: QuickDropout) -> None:
    values = torch.randn(4, 4)
    assert dropout(values) is values
