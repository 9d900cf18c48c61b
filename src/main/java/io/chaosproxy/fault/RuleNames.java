package io.chaosproxy.fault;

import java.util.Collection;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The names of all rules that proxies have and had, to tell a slip from a rule without a hit. Confined to one thread. */
final class RuleNames {
    /** A bound for a program that runs for months under ever new names; beyond it each name is taken for a known one. */
    private static final int MAX_NAMES = 10_000;

    private final Map<String, Set<String>> byProxy = new TreeMap<>();
    private int count;

    void add(String proxy, Collection<String> rules) {
        Set<String> known = byProxy.computeIfAbsent(proxy, name -> new TreeSet<>());
        for (String rule : rules) {
            if (count < MAX_NAMES && known.add(rule)) {
                count++;
            }
        }
    }

    /**
     * Refuses a name that no rule of the proxy ever had.
     *
     * @throws NoSuchElementException naming those that it had
     */
    void check(String proxy, String rule) {
        if (byProxy.isEmpty() || count == MAX_NAMES) {
            return; // nothing can be said
        }
        checkProxy(proxy);
        Set<String> known = byProxy.getOrDefault(proxy, Set.of());
        if (!known.contains(rule)) {
            throw new NoSuchElementException("no rule of proxy " + proxy + " was ever named " + rule
                    + (known.isEmpty() ? "; it had none" : ", only " + known));
        }
    }

    /**
     * Refuses a name that no proxy ever had.
     *
     * @throws NoSuchElementException naming those that there are and were
     */
    void checkProxy(String proxy) {
        if (!byProxy.isEmpty() && count < MAX_NAMES && !byProxy.containsKey(proxy)) {
            throw new NoSuchElementException("no proxy was ever named " + proxy + ", only " + byProxy.keySet());
        }
    }

    /**
     * Refuses a name that no rule of any proxy ever had.
     *
     * @throws NoSuchElementException naming those that there are and were
     */
    void checkRule(String rule) {
        Set<String> known =
                byProxy.values().stream().flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
        if (!byProxy.isEmpty() && count < MAX_NAMES && !known.contains(rule)) {
            throw new NoSuchElementException("no rule of any proxy was ever named " + rule
                    + (known.isEmpty() ? "; there were none" : ", only " + known));
        }
    }
}
