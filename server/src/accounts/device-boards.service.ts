import { Injectable } from '@nestjs/common'
import type { Principal } from './principal.ts'

/** Which boards a person may give to a display; the boards room, which lies above, says so. */
@Injectable()
export class DeviceBoards {
  /** Board ids the principal sees himself. Nobody sees any until the boards room has spoken. */
  visibleTo: (principal: Principal) => readonly string[] = () => []
}
