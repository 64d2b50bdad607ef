/**
 * Tables of the ERP in SAP's manner for master data, stock, purchasing and sales. `zzmatnr` of a movement is the material
 * that its reservation names, whatever code it was posted under.
 */

const changed = 'last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp()'

interface SapTable {
  readonly columns: string
  readonly key: string
}

const TABLES: Readonly<Record<string, SapTable>> = {
  mara: { columns: 'matnr text, mtart text, meins text, lvorm text', key: 'matnr' },
  makt: { columns: 'matnr text, spras text, maktx text', key: 'matnr, spras' },
  marc: {
    columns:
      'matnr text, werks text, beskz text, plifz numeric(5,1), lgrad numeric(3,1), zzbedarf numeric(15,3), zzbedarf_sd numeric(15,3), zzwbz_sd numeric(5,1)',
    key: 'matnr, werks',
  },
  mbew: { columns: 'matnr text, bwkey text, stprs numeric(11,2), peinh numeric(5)', key: 'matnr, bwkey' },
  mast: { columns: 'matnr text, werks text, stlan text, stlnr text', key: 'matnr, werks, stlan' },
  stko: { columns: 'stlnr text, bmeng numeric(13,3), loekz text', key: 'stlnr' },
  stpo: {
    columns: 'stlnr text, stlkn text, posnr text, idnrk text, menge numeric(13,3), meins text, lkenz text',
    key: 'stlnr, stlkn',
  },
  mchb: {
    columns:
      'matnr text, werks text, lgort text, charg text, clabs numeric(13,3), cinsm numeric(13,3), cspem numeric(13,3)',
    key: 'matnr, werks, lgort, charg',
  },
  matdoc: {
    columns:
      'mblnr text, mjahr text, zeile text, bwart text, shkzg text, matnr text, werks text, lgort text, insmk text, charg text, menge numeric(13,3), meins text, aufnr text, ebeln text, ebelp text, smbln text, budat text, cputm text',
    key: 'mblnr, mjahr, zeile',
  },
  lfa1: { columns: 'lifnr text, name1 text, loevm text', key: 'lifnr' },
  ekko: { columns: 'ebeln text, lifnr text, bedat text, erzeit text, loekz text', key: 'ebeln' },
  ekpo: {
    columns:
      'ebeln text, ebelp text, matnr text, menge numeric(13,3), meins text, umrez numeric(5), umren numeric(5), lmein text, loekz text',
    key: 'ebeln, ebelp',
  },
  eket: {
    columns: 'ebeln text, ebelp text, etenr text, eindt text, slfdt text, menge numeric(13,3)',
    key: 'ebeln, ebelp, etenr',
  },
  ekes: {
    columns: 'ebeln text, ebelp text, etens text, ebtyp text, eindt text, erdat text, ezeit text',
    key: 'ebeln, ebelp, etens',
  },
  ekbe: {
    columns:
      'ebeln text, ebelp text, vgabe text, gjahr text, belnr text, buzei text, bwart text, shkzg text, menge numeric(13,3), charg text, budat text, cputm text',
    key: 'ebeln, ebelp, vgabe, gjahr, belnr, buzei',
  },
  vbap: {
    columns: 'vbeln text, posnr text, matnr text, kwmeng numeric(15,3), vrkme text, abgru text, aedat text, vdatu text',
    key: 'vbeln, posnr',
  },
  vbep: { columns: 'vbeln text, posnr text, etenr text, edatu text', key: 'vbeln, posnr, etenr' },
  likp: { columns: 'vbeln text, kunnr text, wadat_ist text, spe_wauhr_ist text', key: 'vbeln' },
  lips: {
    columns: 'vbeln text, posnr text, matnr text, lfimg numeric(13,3), vrkme text, vgbel text, vgpos text',
    key: 'vbeln, posnr',
  },
}

const create = ([name, { columns, key }]: [string, SapTable]): string => `
CREATE TABLE IF NOT EXISTS ${name} (mandt text, ${columns}, ${changed}, PRIMARY KEY (mandt, ${key}));
CREATE INDEX IF NOT EXISTS ${name}_changed ON ${name} (last_changed);`

export const SAP_SUPPLY_TABLES = `${Object.entries(TABLES).map(create).join('')}
ALTER TABLE matdoc ADD COLUMN IF NOT EXISTS zzmatnr text;
UPDATE matdoc SET zzmatnr = matnr WHERE zzmatnr IS NULL;
ALTER TABLE mard ADD COLUMN IF NOT EXISTS insme numeric(13,3) DEFAULT 0;
ALTER TABLE mard ADD COLUMN IF NOT EXISTS speme numeric(13,3) DEFAULT 0;
ALTER TABLE vbak ADD COLUMN IF NOT EXISTS erdat text;
ALTER TABLE vbak ADD COLUMN IF NOT EXISTS erzet text;
ALTER TABLE kna1 ADD COLUMN IF NOT EXISTS zzfrueh text;
ALTER TABLE kna1 ADD COLUMN IF NOT EXISTS zzspaet text;
ALTER TABLE kna1 ADD COLUMN IF NOT EXISTS last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp();
CREATE INDEX IF NOT EXISTS matdoc_matnr ON matdoc (matnr, lgort);
CREATE INDEX IF NOT EXISTS matdoc_aufnr ON matdoc (aufnr) WHERE aufnr <> '';
CREATE INDEX IF NOT EXISTS resb_aufnr ON resb (aufnr, matnr);
`
