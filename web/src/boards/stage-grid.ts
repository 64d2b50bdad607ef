import type { BoardDocument, TileDefinition } from '@gemba/contracts/board'

/** Rectangle on the stage in design pixels. */
export interface StageRect {
  x: number
  y: number
  width: number
  height: number
}

const LEFT = 32
const TOP = 88
const CELL_WIDTH = 140
const CELL_HEIGHT = 102
const GAP = 16

/** Where a box of the 12 × 8 grid lies on the stage. */
export function rectOf([column, row, width, height]: TileDefinition['box']): StageRect {
  return {
    x: LEFT + column * (CELL_WIDTH + GAP),
    y: TOP + row * (CELL_HEIGHT + GAP),
    width: width * (CELL_WIDTH + GAP) - GAP,
    height: height * (CELL_HEIGHT + GAP) - GAP,
  }
}

/** The uniform scale and the offset that show the whole stage in a viewport, centred. */
export function fitStage(
  stage: BoardDocument['stage'],
  viewport: { width: number; height: number },
): { scale: number; left: number; top: number } {
  const scale = Math.min(viewport.width / stage.width, viewport.height / stage.height)
  return {
    scale,
    left: (viewport.width - stage.width * scale) / 2,
    top: (viewport.height - stage.height * scale) / 2,
  }
}
