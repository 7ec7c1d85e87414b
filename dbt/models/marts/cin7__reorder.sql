{{ cin7.reorder(by_location=false) }}
