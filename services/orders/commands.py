"""Writes of the API, through the handlers that consumed events go through."""

from services.kit.commands import Commands
from services.orders import store
from services.orders.handlers import HANDLERS

carry_out = Commands(HANDLERS, store.load, store.save).carry_out
