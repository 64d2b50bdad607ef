import { type OfficeFault, type TableRow, asItIs } from './office-fault.ts'

/** Lengths of the ERP's keys. */
const PADDED: Readonly<Record<string, number>> = { matnr: 18, idnrk: 18, zzmatnr: 18 }
const ORDERS = ['wo_no']
const MATERIALS = ['material']
const ERP_TABLES = new Set([
  ...['mara', 'makt', 'marc', 'mbew', 'mast', 'stpo', 'afpo', 'resb', 'mard', 'mchb'],
  ...['matdoc', 'ekpo', 'vbap', 'lips'],
])

/** The same text in full-width characters and small letters, as an input method leaves it. */
const fullWidth = (text: string): string =>
  [...text.toLowerCase()]
    .map((letter) => {
      const code = letter.charCodeAt(0)
      return code > 0x20 && code < 0x7f ? String.fromCharCode(code + 0xfee0) : letter
    })
    .join('')

/** The ERP pads its keys with zeros; the MES writes them full-width, small, with blanks and without the zeros. */
export const otherWriting: OfficeFault = {
  name: 'other-writing',
  at: () => ({
    write: (table, row) => {
      const changed: Record<string, string> = {}
      const text = (name: string): string => (typeof row[name] === 'string' ? String(row[name]) : '')
      if (ERP_TABLES.has(table)) {
        for (const [name, length] of Object.entries(PADDED))
          if (text(name) !== '') changed[name] = text(name).padStart(length, '0')
      } else {
        for (const name of ORDERS) if (text(name) !== '') changed[name] = fullWidth(text(name).replace(/^0+(?=.)/, ''))
        for (const name of MATERIALS) if (text(name) !== '') changed[name] = ` ${fullWidth(text(name))}`
      }
      return Object.keys(changed).length === 0 ? asItIs(table, row) : ({ ...row, ...changed } satisfies TableRow)
    },
  }),
}
