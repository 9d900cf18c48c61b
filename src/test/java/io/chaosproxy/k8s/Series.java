package io.chaosproxy.k8s;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Series of a metric: one that is scraped, or those that an expression in PromQL selects.
 *
 * @param labels with their values; in an expression also those of a pattern, or in the clauses of aggregations, as an empty text
 */
record Series(String name, Map<String, String> labels) {
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)(=~|!~|!=|=)\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[^}]*})?(\\s*\\()?");
    private static final Pattern CLAUSE = Pattern.compile("\\b(by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern VARIABLE = Pattern.compile("label_values\\((.*), *([a-z_]+)\\)");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

    /** What Prometheus or the operator adds to each series. */
    private static final Set<String> ADDED = Set.of("namespace", "pod", "service", "job", "instance");

    /** One line of a scrape without its value. */
    static Series scraped(String line) {
        Matcher selector = SELECTOR.matcher(line);
        if (!selector.lookingAt()) {
            throw new IllegalArgumentException(line);
        }
        return new Series(selector.group(1), labels(selector.group(2)));
    }

    /** The series that an expression selects; none of its other parts is looked at. */
    static List<Series> of(String expression) {
        Matcher variable = VARIABLE.matcher(expression);
        if (variable.matches()) {
            return with(variable.group(1), Set.of(variable.group(2)));
        }
        Set<String> clauses = new LinkedHashSet<>();
        Matcher clause = CLAUSE.matcher(expression);
        while (clause.find()) {
            clauses.addAll(List.of(clause.group(2).split("\\s*,\\s*")));
        }
        return with(clause.replaceAll("").replaceAll("\\[[^]]*]", ""), clauses);
    }

    private static List<Series> with(String expression, Set<String> more) {
        List<Series> found = new ArrayList<>();
        Matcher selector = SELECTOR.matcher(expression);
        while (selector.find()) {
            boolean isFunction = selector.group(3) != null;
            if (!isFunction && !WORDS.contains(selector.group(1))) {
                Map<String, String> labels = new LinkedHashMap<>(labels(selector.group(2)));
                more.forEach(label -> labels.putIfAbsent(label, ""));
                found.add(new Series(selector.group(1), labels));
            }
        }
        return found;
    }

    private static Map<String, String> labels(String braces) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (braces != null) {
            Matcher label = LABEL.matcher(braces);
            while (label.find()) {
                boolean isValue = label.group(2).equals("=") && !label.group(3).startsWith("$");
                labels.put(label.group(1), isValue ? label.group(3) : "");
            }
        }
        return labels;
    }

    /** Whether this, in an expression, selects a series that was scraped. */
    boolean selects(Series scraped) {
        return name.equals(scraped.name) && labels.entrySet().stream().allMatch(label -> isIn(label, scraped));
    }

    private static boolean isIn(Map.Entry<String, String> label, Series scraped) {
        if (ADDED.contains(label.getKey())) {
            return true;
        }
        String value = scraped.labels.get(label.getKey());
        return value != null && (label.getValue().isEmpty() || label.getValue().equals(value));
    }
}
