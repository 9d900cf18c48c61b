package io.chaosproxy.inject;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.MemoryBudget;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Accounts for the heap that the rules of plans in force occupy. */
final class PlanMemory {
    /** Heap of a rule besides its texts. */
    private static final int EACH = 1024;

    /** Heap of a character, whatever script it is of. */
    private static final int CHARACTER = 2;

    private static final MemoryBudget BUDGET = MemoryBudget.PROCESS;

    private PlanMemory() {}

    /**
     * Checks that there is room for this much more.
     *
     * @throws PlanMemoryException if there isn't
     */
    static void check(long growth) {
        if (growth > 0) {
            if (!BUDGET.tryTake(MemoryBudget.Use.RULES, growth)) {
                throw new PlanMemoryException();
            }
            BUDGET.giveBack(MemoryBudget.Use.RULES, growth);
        }
    }

    /** One plan comes in the place of another, after a check. */
    static void replace(Plan before, Plan after) {
        long growth = growth(before, after);
        if (growth > 0) {
            BUDGET.takeAnyway(MemoryBudget.Use.RULES, growth);
        } else {
            BUDGET.giveBack(MemoryBudget.Use.RULES, -growth);
        }
    }

    /** How much more one plan needs than another. */
    static long growth(Plan before, Plan after) {
        return sizeWithout(before, after) - sizeWithout(after, before);
    }

    /** Heap of the rules of a plan that another doesn't share with it. */
    private static long sizeWithout(Plan other, Plan plan) {
        Set<Rule> shared = Collections.newSetFromMap(new IdentityHashMap<>());
        shared.addAll(other.rules());
        return size(plan.rules().stream().filter(rule -> !shared.contains(rule)).toList());
    }

    private static long size(Collection<Rule> rules) {
        return rules.stream()
                .mapToLong(rule -> EACH + (long) CHARACTER * rule.toString().length())
                .sum();
    }
}
