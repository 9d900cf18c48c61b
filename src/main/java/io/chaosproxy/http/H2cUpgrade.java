package io.chaosproxy.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A client's wish to go on in HTTP/2 on the same connection (RFC 7540 §3.2). If the upstream accepted, the connection would
 * be a tunnel, and rules would see no further exchange on it.
 */
final class H2cUpgrade {
    private static final String TOKEN = "h2c";
    private static final String SETTINGS = "HTTP2-Settings";

    private H2cUpgrade() {}

    static boolean isIn(RequestHead head) {
        return head.hasToken("Upgrade", TOKEN) || head.has(SETTINGS);
    }

    /** Whether the client names no other protocol. */
    static boolean isAll(RequestHead head) {
        return others(head).isEmpty();
    }

    private static List<String> others(RequestHead head) {
        List<String> protocols = head.elements("Upgrade");
        protocols.removeIf(TOKEN::equalsIgnoreCase);
        return protocols;
    }

    /**
     * Takes it out, and leaves other protocols, such as websocket, as they are.
     *
     * @param set gets the fields that keep a part of their value
     * @return the names of those that go
     */
    static List<String> strip(RequestHead head, Map<String, String> set) {
        List<String> protocols = others(head);
        List<String> options = head.elements("Connection");
        options.removeIf(option ->
                option.equalsIgnoreCase(SETTINGS) || (protocols.isEmpty() && option.equalsIgnoreCase("Upgrade")));
        List<String> gone = new ArrayList<>(List.of(SETTINGS));
        keep("Upgrade", protocols, set, gone);
        keep("Connection", options, set, gone);
        return gone;
    }

    private static void keep(String name, List<String> elements, Map<String, String> set, List<String> gone) {
        if (elements.isEmpty()) {
            gone.add(name);
        } else {
            set.put(name, String.join(", ", elements));
        }
    }
}
