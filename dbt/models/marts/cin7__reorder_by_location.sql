{{ cin7.reorder(by_location=true) }}
