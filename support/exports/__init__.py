"""Files for spreadsheets: `kinds` is the table of what there is, `table` the one writer of them all."""

from support.exports.kinds import EXPORTS, Export
from support.exports.table import harmless

__all__ = ["EXPORTS", "Export", "harmless"]
