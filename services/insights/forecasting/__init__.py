"""Forecasts of orders per customer: how many, when the next one, what it is worth, what it holds. No I/O, no clock.

What a caller does:

1. Keep a :class:`State` per customer: :func:`fold` for a new order day, :func:`revise` when a known day's amount
   changes (a second order of the day, an amendment), :func:`remove` when its last order is cancelled; :func:`state_of`
   from the order days when a removal raises :class:`RebuildNeeded`, or at leisure where ``state.approximate`` is set.
2. Now and then, in the background, :func:`refit` on a sample of a few thousand customers' order days
   (:func:`histories_of`); keep ``Population.to_json()``. Seconds of CPU: run it in a thread or another process.
3. :func:`arrays_of` the states and :func:`forecast` them: ``forecast(states, population, day, horizon)`` looks from the
   evening of ``day`` at the ``horizon`` days after it. It gives arrays in the order of the states, half a second of one
   core for 100,000 customers; :func:`forecasts` gives several horizons for little more. The same customer's forecast
   moves as days pass without an order, with no new event.
4. Per customer and product, keep :class:`~services.insights.forecasting.products.Usual` with ``products.bought`` for
   every order that holds it; ``products.expected`` is the quantity in the next order, given ``products.fit``.

Days are ordinals of one epoch (``date.toordinal()``), amounts integers of minor units. Forecasts are estimates, in
floats. Models and papers are named in the modules; what they are worth, and what was tried in vain, in
``docs/forecasting.md``.
"""

from services.insights.forecasting.arrays import Histories, States, arrays_of, histories_of, states_at
from services.insights.forecasting.forecasts import Forecast, awaited, forecast, forecasts, overdue
from services.insights.forecasting.population import Population, refit
from services.insights.forecasting.state import RebuildNeeded, State, fold, remove, revise, state_of

__all__ = [
    "Forecast",
    "Histories",
    "Population",
    "RebuildNeeded",
    "State",
    "States",
    "arrays_of",
    "awaited",
    "fold",
    "forecast",
    "forecasts",
    "histories_of",
    "overdue",
    "refit",
    "remove",
    "revise",
    "state_of",
    "states_at",
]
