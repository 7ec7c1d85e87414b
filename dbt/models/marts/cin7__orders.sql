{{ config(contract={'enforced': not cin7.custom_field_names('orders')}) }}
select *
from {{ ref('cin7', 'int_cin7__orders') }}
