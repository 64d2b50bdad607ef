import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { stepsIn, stepsText, withStep, type DrillStep } from './drill-stack.ts'

/** The panel beside a report lives in the address: the way back of the browser closes it, and a link opens it again. */
export function useDrill() {
  const route = useRoute()
  const router = useRouter()
  const steps = computed(() => stepsIn(route.query['drill']))
  const go = (list: readonly DrillStep[]): void => {
    void router.push({ query: { ...route.query, drill: stepsText(list) } })
  }
  return {
    steps,
    open: (step: DrillStep) => go(withStep(steps.value, step)),
    /** Back to a step, counted from 0; −1 closes the panel. */
    backTo: (index: number) => go(steps.value.slice(0, index + 1)),
  }
}
