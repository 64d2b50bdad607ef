/** Tables of the simulated business systems: an ERP in SAP's manner with its traps, and a MES of its own. */

export const ERP_TABLES = `
CREATE TABLE IF NOT EXISTS aufk (mandt text, aufnr text, auart text, werks text, objnr text, loekz text, last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, aufnr));
CREATE TABLE IF NOT EXISTS afko (mandt text, aufnr text, aufpl text, rsnum text, gamng numeric(13,3), gstrs text, gsuzs text, ftrmi text, last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, aufnr));
CREATE TABLE IF NOT EXISTS afpo (mandt text, aufnr text, posnr text, matnr text, psmng numeric(13,3), wemng numeric(13,3), kdauf text, ltrmp text, ltrup text, ltrmi text, ltrui text, last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, aufnr, posnr));
CREATE TABLE IF NOT EXISTS afvc (mandt text, aufpl text, aplzl text, vornr text, arbid text, ltxa1 text, PRIMARY KEY (mandt, aufpl, aplzl));
CREATE TABLE IF NOT EXISTS afvv (mandt text, aufpl text, aplzl text, vgw02 numeric(9,3), vge02 text, bmsch numeric(13,3), last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, aufpl, aplzl));
CREATE TABLE IF NOT EXISTS crhd (mandt text, objid text, arbpl text, werks text, PRIMARY KEY (mandt, objid));
CREATE TABLE IF NOT EXISTS jest (mandt text, objnr text, stat text, inact text, PRIMARY KEY (mandt, objnr, stat));
CREATE TABLE IF NOT EXISTS vbak (mandt text, vbeln text, kunnr text, PRIMARY KEY (mandt, vbeln));
CREATE TABLE IF NOT EXISTS kna1 (mandt text, kunnr text, name1 text, PRIMARY KEY (mandt, kunnr));
CREATE TABLE IF NOT EXISTS resb (mandt text, rsnum text, rspos text, aufnr text, matnr text, bdmng numeric(13,3), enmng numeric(13,3), xloek text, last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, rsnum, rspos));
CREATE TABLE IF NOT EXISTS mard (mandt text, matnr text, werks text, lgort text, labst numeric(13,3), meins text, last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (mandt, matnr, werks, lgort));
ALTER TABLE jest ADD COLUMN IF NOT EXISTS last_changed timestamptz(6) NOT NULL DEFAULT clock_timestamp();
CREATE INDEX IF NOT EXISTS aufk_changed ON aufk (last_changed);
CREATE INDEX IF NOT EXISTS afko_changed ON afko (last_changed);
CREATE INDEX IF NOT EXISTS afpo_changed ON afpo (last_changed);
CREATE INDEX IF NOT EXISTS afvv_changed ON afvv (last_changed);
CREATE INDEX IF NOT EXISTS resb_changed ON resb (last_changed);
CREATE INDEX IF NOT EXISTS mard_changed ON mard (last_changed);
`

export const MES_TABLES = `
CREATE TABLE IF NOT EXISTS work_order (wo_no text PRIMARY KEY, material text NOT NULL, quantity numeric NOT NULL, work_center text NOT NULL, released_local timestamp NOT NULL, updated_at timestamptz(6) NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS wo_status_log (wo_no text, status text, at_local timestamp, updated_at timestamptz(6) NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (wo_no, status));
CREATE TABLE IF NOT EXISTS job_report (report_no text PRIMARY KEY, wo_no text NOT NULL, op_no text NOT NULL, work_center text NOT NULL, reported_at timestamptz(3) NOT NULL, good numeric NOT NULL, scrap numeric NOT NULL, rework numeric NOT NULL, updated_at timestamptz(6) NOT NULL DEFAULT clock_timestamp());
ALTER TABLE job_report ALTER COLUMN reported_at DROP NOT NULL;
ALTER TABLE job_report ADD COLUMN IF NOT EXISTS reported_local timestamp(3);
ALTER TABLE job_report ADD COLUMN IF NOT EXISTS reverses text;
CREATE INDEX IF NOT EXISTS job_report_changed ON job_report (updated_at, report_no);
`

/** The account that a platform reads with: SELECT and nothing else. */
export const readerGrants = (database: string): string => `
GRANT CONNECT ON DATABASE ${database} TO gemba_reader;
GRANT USAGE ON SCHEMA public TO gemba_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO gemba_reader;
`
