"""Ranking and classing all customers of a currency at once, in arrays: no I/O, numbers in and numbers out.

Classes follow from where a customer stands among all others, so one order may move anybody. Looking at everybody is
cheap where everybody is an array that only changed customers are written to: tens of milliseconds for 200,000.
"""

from services.insights.classing.company import FURTHER, NOTHING, SCORED, VALUES, Company
from services.insights.classing.ranking import Ranking, accept, rank

__all__ = ["FURTHER", "NOTHING", "SCORED", "VALUES", "Company", "Ranking", "accept", "rank"]
