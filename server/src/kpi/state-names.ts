const NAMES: Readonly<Record<string, { zh: string; en: string }>> = {
  UNSCHEDULED: { zh: '未排班', en: 'Unscheduled' },
  PLANNED_STOP: { zh: '计划停', en: 'Planned stop' },
  RUN: { zh: '运行', en: 'Run' },
  MICRO_STOP: { zh: '小停', en: 'Micro-stop' },
  SETUP: { zh: '换型', en: 'Changeover' },
  DOWN: { zh: '停机', en: 'Down' },
  STARVED: { zh: '缺料', en: 'Starved' },
  BLOCKED: { zh: '堵料', en: 'Blocked' },
  WAIT_OPERATOR: { zh: '等人', en: 'Waiting for operator' },
  NO_DATA: { zh: '无数据', en: 'No data' },
}

/** The name of a state of equipment, for groups of figures. */
export const stateName = (state: string): { zh: string; en: string } => NAMES[state] ?? { zh: state, en: state }
