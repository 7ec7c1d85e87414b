"""Omni production: bills of materials and production jobs."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import ACTED, ITEM, TRACKED
from tap_cin7.rows.fields import DATETIME, ENUM, INT, KEY, NUM, OPEN, STR, many, obj, record, table

MADE_OR_USED = table(
    ITEM,
    type=ENUM("Role in production: Make, Use, Addon or Undefined"),
    notes=STR("Notes on the item"),
    unitCost=NUM("Cost of one unit"),
)
COMPONENT = table(MADE_OR_USED, qty=NUM("Quantity the bill asks for"))
COMPONENTS = many(COMPONENT, "What goes into the product")

BOM_PRODUCT = table(
    COMPONENT,
    qty=NUM("Quantity the bill yields"),
    bomId=INT("Bill the product belongs to; may be missing", to="bom_masters.id"),
    createdDate=DATETIME("When the product was added; may be missing"),
    components=COMPONENTS,
)

BOM = table(
    TRACKED,
    id=KEY("Bill of materials id"),
    createdBy=INT("User who created the bill (users.id)", to="users.id"),
    modifiedBy=INT("User who last changed the bill (users.id)", to="users.id"),
    productionNotes=STR("Notes for production"),
    reference=STR("Reference of the bill"),
)

JOB_PRODUCT = table(
    MADE_OR_USED,
    jobId=INT("Job the product belongs to; may be missing", to="production_jobs.id"),
    createdDate=DATETIME("When the product was added; may be missing"),
    dueDate=DATETIME("When the product is due"),
    standardQty=NUM("Quantity planned"),
    actualQty=NUM("Quantity made"),
    components=COMPONENTS,
)


class BomMasters(OmniResource):
    """Bills of materials, several products each (version 2 of the resource)."""

    path = "/v2/BomMasters"
    schema = record(BOM, products=many(BOM_PRODUCT, "One entry per product made"))


class BomMastersV1(OmniResource):
    """Bills of materials in their first form, one product each.

    Not selected by default: bom_masters has the same bills with all their products.
    """

    path = "/v1/BomMasters"
    selected_by_default = False
    schema = record(BOM, product=obj(BOM_PRODUCT, "The product made"))


class ProductionJobs(OmniResource):
    """Production jobs with what they make and use."""

    path = "/v1/ProductionJobs"
    bounded_by_start_date = True
    schema = record(
        ACTED,
        id=KEY("Production job id"),
        dueDate=DATETIME("When the job is due"),
        completedDate=DATETIME("When the job was completed"),
        completedBy=INT("User who completed the job (users.id)", to="users.id"),
        branchId=INT("Branch that produces (branches.id)", to="branches.id"),
        company=STR("Company the job is for"),
        projectName=STR("Sales channel or project label"),
        productionNotes=STR("Notes for production"),
        totalCost=NUM("Cost of the whole job"),
        customFields=OPEN("Custom fields of the account by field code"),
        products=many(JOB_PRODUCT, "One entry per product made"),
    )
