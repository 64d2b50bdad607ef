import type { Role } from '@gemba/contracts/api'

export interface SeededAccount {
  id: string
  nameZh: string
  nameEn: string
  roles: readonly Role[]
}

/** The first account of an installation of one's own. */
export const FIRST_ADMIN: SeededAccount = { id: 'admin', nameZh: '管理员', nameEn: 'Administrator', roles: ['admin'] }

/** The accounts of the demo factory: one of each role. */
export const DEMO_ACCOUNTS: readonly SeededAccount[] = [
  { id: 'admin', nameZh: '周宁', nameEn: 'Zhou Ning', roles: ['admin'] },
  { id: 'manager', nameZh: '王磊', nameEn: 'Wang Lei', roles: ['manager'] },
  { id: 'analyst', nameZh: '李敏', nameEn: 'Li Min', roles: ['analyst'] },
  { id: 'executive', nameZh: '陈静', nameEn: 'Chen Jing', roles: ['executive'] },
  { id: 'quality', nameZh: '赵强', nameEn: 'Zhao Qiang', roles: ['quality'] },
  { id: 'operator', nameZh: '张伟', nameEn: 'Zhang Wei', roles: ['operator'] },
]
