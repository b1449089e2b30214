"""The registers, by subject: households, places, and what serves them.

The order of these imports is that of REGISTERS: files are loaded and snapshots written in it.
"""

# ruff: noqa: I001

from firmground.registry.loads import Load, Upload
from firmground.registry.models.base import (
    OPEN,
    REGISTERS,
    InVillage,
    Register,
    Registers,
    register,
)
from firmground.registry.models.households import (
    OF_HOUSEHOLDS,
    Assistance,
    Check,
    Disaster,
    Household,
    HousingGrade,
    Living,
    MedicalBill,
    Member,
    OfHousehold,
    Risk,
    SchoolRoll,
    Spending,
    Statement,
    Support,
)
from firmground.registry.models.places import County, ExitSurvey, Village
from firmground.registry.models.facilities import (
    FACILITIES,
    Clinic,
    Facility,
    Interruption,
    OfWaterSupply,
    School,
    WaterSupply,
    WaterTest,
)

__all__ = [
    "FACILITIES",
    "OF_HOUSEHOLDS",
    "OPEN",
    "REGISTERS",
    "Assistance",
    "Check",
    "Clinic",
    "County",
    "Disaster",
    "ExitSurvey",
    "Facility",
    "Household",
    "HousingGrade",
    "InVillage",
    "Interruption",
    "Living",
    "Load",
    "MedicalBill",
    "Member",
    "OfHousehold",
    "OfWaterSupply",
    "Register",
    "Registers",
    "Risk",
    "School",
    "SchoolRoll",
    "Spending",
    "Statement",
    "Support",
    "Upload",
    "Village",
    "WaterSupply",
    "WaterTest",
    "register",
]
