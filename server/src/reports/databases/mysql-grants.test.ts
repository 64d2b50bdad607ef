import { describe, expect, it } from 'vitest'
import { grantOf, isWritable } from './mysql-grants.ts'

const grants = (...lines: string[]) => lines.map(grantOf).filter((grant) => grant !== null)
const T = { schema: 'erp_x', table: 'sales' }

describe('the grants of an account', () => {
  it.each([
    ['GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD', false],
    ['GRANT SELECT, SHOW VIEW ON `erp_x`.* TO `reader`@`%`', false],
    ['GRANT SELECT, INSERT ON `erp_x`.* TO `reader`@`%`', true],
    ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION', true],
    ['GRANT SELECT, DELETE ON `erp\\_x`.* TO `reader`@`%`', true],
    ['GRANT UPDATE ON `erp\\_y`.* TO `reader`@`%`', false],
    ['GRANT UPDATE ON `erp%`.* TO `reader`@`%`', true],
    ['GRANT INSERT ON TABLE `erp_x`.`sales` TO `reader`@`%`', true],
    ['GRANT INSERT ON `erp_x`.`other` TO `reader`@`%`', false],
    ['GRANT SELECT (`a`), UPDATE (`b`) ON `erp_x`.`sales` TO `reader`@`%`', true],
    ['GRANT SELECT (`UPDATE`) ON `erp_x`.`sales` TO `reader`@`%`', false],
    ['GRANT EXECUTE ON PROCEDURE `erp_x`.`sales` TO `reader`@`%`', false],
    ['GRANT `writers` TO `reader`@`%`', false],
  ])('%s lets it write to erp_x.sales: %s', (line, expected) => {
    expect(isWritable(grants(line), T)).toBe(expected)
  })
})
