import { type OfficeFault, chanceOf } from './office-fault.ts'

const SHARE = 0.5

/** Scales at some machines are set to grams: half of what the MES says was weighed comes in another unit than the ERP's. */
export const grams: OfficeFault = {
  name: 'grams',
  at: (place) => {
    const chance = chanceOf(place, 'grams')
    return {
      write: (table, row) => {
        const isMeant = table === 'lot_consumption' && row['unit'] === 'kg'
        if (!isMeant || chance(String(row['consumption_no'])) >= SHARE) return row
        return { ...row, unit: 'g', quantity: Math.round(Number(row['quantity']) * 1_000_000) / 1_000 }
      },
    }
  },
}
