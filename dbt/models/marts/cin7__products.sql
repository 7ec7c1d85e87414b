{{ config(contract={'enforced': not cin7.custom_field_names('products')}) }}
select *
from {{ ref('cin7', 'int_cin7__products') }}
