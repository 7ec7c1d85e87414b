"""CRM: leads, opportunities, tasks and the workflows that create tasks."""

from __future__ import annotations

from tap_cin7.core.resource import CoreList
from tap_cin7.core.resources.contacts import CONTACT, CONTACT_ADDRESS
from tap_cin7.rows.fields import BOOL, DATETIME, GUID, GUID_KEY, INT, NUM, STR, many, record, table

AMOUNTS = table(
    Quantity=NUM("Quantity of the product or service"),
    Discount=NUM("Discount in percent; 100 is free of charge"),
    Tax=NUM("Tax amount of the line"),
    Total=NUM("Line total"),
    TaxRule=STR("Tax rule of the line", to="tax_rules.Name"),
    TaxPercent=NUM("Tax rate in percent"),
    Comment=STR("Comment on the line"),
)
"""What product lines and additional charges have in common."""

OPPORTUNITY_LINE = table(
    AMOUNTS,
    ID=GUID("Id as sent with the line"),
    ProductID=GUID("Product id", to="products.ID"),
    ProductSku=STR("Product SKU"),
    ProductName=STR("Product name"),
    Price=NUM("Unit price in the customer's or lead's currency"),
)

OPPORTUNITY_CHARGE = table(
    AMOUNTS,
    ID=GUID("Id as sent with the charge"),
    Description=STR("Name of the service product charged"),
    Amount=NUM("Unit price in the customer's currency"),
)

WORKFLOW_STEP = table(
    ID=GUID("Step id"),
    Name=STR("Name of the task that the step creates"),
    Category=STR("Task category"),
    Days=INT("Days until the task, counted as DueDaysType says"),
    StartTime=STR("Time of day at which the task starts, hh:mm:ss"),
    EndTime=STR("Time of day of the end; both 0:00 is the whole day"),
    UserName=STR("User who gets the task"),
    SkipHoliday=STR("What to do on days off, such as move_next or leave"),
)


class CrmLeads(CoreList):
    """Leads with contacts and addresses; rows carry no modification time."""

    path = "/crm/lead"
    id_param = "ID"
    records_key = "LeadList"
    since_param = "ModifiedSince"
    schema = record(
        ID=GUID_KEY("Lead id"),
        LeadStatus=STR("NEW, ATTEMPTING TO CONTACT, QUALIFIED or DISQUALIFIED"),
        Name=STR("Lead name"),
        Currency=STR("Currency code of the lead"),
        PaymentTerm=STR("Payment term name", to="payment_terms.Name"),
        PriceTier=STR("Price tier name", to="price_tiers.Name"),
        SalesRepresentative=STR("Sales representative"),
        TaxRule=STR("Tax rule name", to="tax_rules.Name"),
        Amount=NUM("Value of the lead"),
        CloseChance=INT("Chance of winning the lead, in percent"),
        CloseDate=DATETIME("Business date on which closing is expected"),
        Comments=STR("Comments on the lead"),
        Contacts=many(CONTACT, "Contacts of the lead"),
        Addresses=many(CONTACT_ADDRESS, "Addresses of the lead"),
    )


class CrmOpportunities(CoreList):
    """Opportunities with lines and additional charges; rows carry no modification time."""

    path = "/crm/opportunity"
    id_param = "ID"
    records_key = "opportunityList"
    since_param = "ModifiedSince"
    schema = record(
        ID=GUID_KEY("Opportunity id"),
        CustomerID=GUID("Customer id; empty for leads", to="customers.ID"),
        LeadID=GUID("Lead id; empty for customers", to="crm_leads.ID"),
        CustomerName=STR("Name of the customer or lead"),
        Contact=STR("Contact at the customer or lead"),
        Phone=STR("Phone number of the customer or lead"),
        DefaultAccount=STR(
            "Account code for lines whose product has no revenue account", to="accounts.Code"
        ),
        BillingAddressLine1=STR("First line of the billing address"),
        BillingAddressLine2=STR("Second line of the billing address"),
        ShippingAddressLine1=STR("First line of the shipping address"),
        ShippingAddressLine2=STR("Second line of the shipping address"),
        Currency=STR("Currency code of the opportunity"),
        CustomerCurrency=STR("Currency code of the customer"),
        CurrencyConversionRate=NUM("Rate between base and customer currency"),
        TaxPercent=NUM("Tax rate in percent"),
        TaxInclusive=BOOL("Prices hold the tax already"),
        TaxRule=STR("Tax rule preset for the lines", to="tax_rules.Name"),
        TermDays=INT("Days of the payment term"),
        Terms=STR("Payment term name", to="payment_terms.Name"),
        TermMethod=INT("Number of the payment term's counting method"),
        TermDueNextMonth=INT("Payment term setting for the following month"),
        PriceTier=STR("Price tier name", to="price_tiers.Name"),
        OpportunityLocation=STR("Location to pick from once it becomes a sale"),
        OpportunityNumber=STR("Number given by Cin7"),
        OpportunityDate=DATETIME("Business date of creation"),
        OpportunityComment=STR("Comments on the opportunity"),
        OpportunityMemo=STR("Additional information on the opportunity"),
        OpportunityStatus=STR("Draft, In Progress, Won or Lost"),
        TaxTotal=NUM("Total of all taxes"),
        Total=NUM("Total of the opportunity"),
        CustomerReference=STR("The customer's own reference"),
        SalesRepresentative=STR("Sales representative"),
        ShipToOther=BOOL("Goes to somebody else than the customer or lead"),
        ShipToCompany=STR("Other company to deliver to"),
        ShipToContact=STR("Person to deliver to"),
        ShipToAddress1=STR("First line of the other delivery address"),
        ShipToAddress2=STR("Second line of the other delivery address"),
        ShipToCity=STR("City of the other delivery address"),
        ShipToState=STR("State of the other delivery address"),
        ShipToPostCode=STR("Postal code of the other delivery address"),
        ShipToCountry=STR("Country of the other delivery address"),
        **{
            f"CustomField{n}": STR(f"Additional attribute {n} of the opportunity")
            for n in range(1, 11)
        },
        Lines=many(OPPORTUNITY_LINE, "Products and services offered"),
        AdditionalCharges=many(OPPORTUNITY_CHARGE, "Service charges kept apart from the lines"),
    )


class CrmTasks(CoreList):
    """Tasks of the CRM and the records they are about."""

    path = "/crm/task"
    id_param = "ID"
    records_key = "Tasks"
    schema = record(
        ID=GUID_KEY("Task id"),
        Name=STR("Task name"),
        Description=STR("What is to be done"),
        StartDate=DATETIME("When the task starts"),
        EndDate=DATETIME("When the task ends"),
        IsAllDay=BOOL("Takes the whole day"),
        CompletedDate=DATETIME("When the task was completed"),
        Category=STR("Task category"),
        WorkflowName=STR("Workflow that created the task"),
        AssignedTo=STR("User who has the task"),
        AssignedBy=STR("User who gave the task"),
        EntityType=STR("Kind of record the task is about"),
        EntityID=GUID("Record the task is about"),
        IsImportant=BOOL("Marked as important"),
        TaskStatus=STR("Where the task stands"),
        VoidDate=DATETIME("When the task was voided"),
    )


class CrmTaskCategories(CoreList):
    """Categories of CRM tasks with their colours."""

    path = "/crm/taskcategory"
    id_param = "ID"
    records_key = "Categories"
    schema = record(
        ID=GUID_KEY("Category id"),
        Name=STR("Category name"),
        Color=STR("Colour, hexadecimal RGB"),
        BackgroundColor=STR("Background colour, hexadecimal RGB"),
    )


class CrmWorkflows(CoreList):
    """Workflows with the steps that create tasks."""

    path = "/crm/workflow"
    id_param = "ID"
    records_key = "Workflows"
    schema = record(
        ID=GUID_KEY("Workflow id"),
        Name=STR("Workflow name"),
        IsActive=BOOL("Switched on"),
        EntityType=STR("Kind of record the workflow is for"),
        DueDaysType=STR("What days count from: COMPLETED_DATE or START_DATE"),
        Steps=many(WORKFLOW_STEP, "Tasks the workflow creates"),
    )
