package io.chaosproxy.kit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The strongly connected components of a graph that have more than one node: R. Tarjan, "Depth-first search", 1972. */
public final class Circles {
    private final Map<String, ? extends Collection<String>> edges;
    private final Map<String, Integer> index = new HashMap<>();
    private final Deque<String> stack = new ArrayDeque<>();
    private final List<Set<String>> found = new ArrayList<>();

    /** Of these edges. */
    public Circles(Map<String, ? extends Collection<String>> edges) {
        this.edges = edges;
        for (String node : edges.keySet()) {
            if (!index.containsKey(node)) {
                visit(node);
            }
        }
    }

    /** The nodes of each. */
    public List<Set<String>> found() {
        return found;
    }

    private int visit(String node) {
        index.put(node, index.size());
        int low = index.get(node);
        stack.push(node);
        for (String next : edges.containsKey(node) ? edges.get(node) : List.<String>of()) {
            if (!index.containsKey(next)) {
                low = Math.min(low, visit(next));
            } else if (stack.contains(next)) {
                low = Math.min(low, index.get(next));
            }
        }
        if (low == index.get(node)) {
            close(node);
        }
        return low;
    }

    private void close(String root) {
        Set<String> component = new TreeSet<>();
        String node;
        do {
            node = stack.pop();
            component.add(node);
        } while (!node.equals(root));
        if (component.size() > 1) {
            found.add(component);
        }
    }
}
