/** The last four digits: what people on the floor call an order by. */
export function tailOf(order: string): string {
  return order.slice(-4)
}
