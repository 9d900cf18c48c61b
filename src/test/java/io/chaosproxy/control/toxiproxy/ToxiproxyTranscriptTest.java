package io.chaosproxy.control.toxiproxy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * The calls of a transcript of a real server (2.12.0 and a little more), one after the other, and every answer compared
 * with what it gave: status line, header fields but those that differ with each answer, body.
 */
final class ToxiproxyTranscriptTest {
    /** Ports that the transcript listens on; other programs may have them. */
    private static final Pattern PORT = Pattern.compile("\\b263[789]\\d\\b");

    /** Fields that aren't compared: the moment, a number drawn for each answer, and what an HTTP server adds by itself. */
    private static final List<String> LEFT_OUT = List.of("date", "x-toxiproxy-request-id", "vary");

    /**
     * An answer that is to differ.
     *
     * @param call method and path, empty for all
     * @param theirs a pattern
     * @param ours instead
     */
    private record Difference(String call, String theirs, String ours, String reason) {}

    private static final List<Difference> DIFFERENCES = List.of(
            new Difference(
                    "GET /version",
                    "Content-Length: 19((?s).*)\"git\"",
                    "Content-Length: 22$1\"2.12.0\"",
                    "clients compare it with the version that brought PATCH"),
            new Difference(
                    "POST /populate",
                    "Content-Length: 16((?s).*)\\{\"proxies\":null}",
                    "Content-Length: 14$1{\"proxies\":[]}",
                    "clients in Ruby, Node and PHP loop over it"),
            new Difference(
                    "",
                    "(?<=\n)(?=Content-Length: )",
                    "Connection: keep-alive\n",
                    "the web server says what HTTP/1.1 means anyway"),
            new Difference(
                    "",
                    "204 No Content",
                    "204 No Content\nConnection: keep-alive\nContent-Length: 0",
                    "the web server adds it to every empty answer (RFC 9110 §8.6 would rather it didn't)"));

    /** One call and what the real server answered. */
    private record Call(String request, String body, String answer) {}

    @Test
    void everyAnswerIsTheRealServersButForTheListedDifferences() throws Exception {
        List<Executable> comparisons = new ArrayList<>();
        try (ToxiproxyRig rig = new ToxiproxyRig()) {
            List<Call> calls = calls(onFreePorts(transcript()));
            assertEquals(58, calls.size());
            for (int i = 0; i < calls.size(); i++) {
                Call call = calls.get(i);
                String agent = i >= calls.size() - 2 ? "Mozilla/5.0" : "curl/8.0"; // the transcript doesn't show it
                String[] request = call.request().split(" ");
                String actual = comparable(rig.call(request[0], request[1], call.body(), "User-Agent: " + agent));
                comparisons.add(() -> assertEquals(expected(call), actual, call.request() + "\n" + call.body()));
            }
        }
        assertAll(comparisons);
    }

    private static String transcript() throws IOException {
        try (InputStream in = ToxiproxyTranscriptTest.class.getResourceAsStream("toxiproxy-transcript.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The transcript with each of its ports replaced by a free one of as many digits, the same one each time. */
    private static String onFreePorts(String transcript) throws IOException {
        Set<String> ports = new TreeSet<>(
                PORT.matcher(transcript).results().map(m -> m.group()).toList());
        Iterator<Integer> free = FreePort.several(ports.size()).iterator();
        Map<String, String> moved = new HashMap<>();
        ports.forEach(port -> moved.put(port, Integer.toString(free.next())));
        return PORT.matcher(transcript).replaceAll(match -> moved.get(match.group()));
    }

    private static List<Call> calls(String transcript) {
        List<Call> calls = new ArrayList<>();
        for (String block : transcript.split("(?m)^>>> ")) {
            Matcher parts =
                    Pattern.compile("(.+)\n((?s:.*?))\n?(HTTP/1\\.1 (?s:.*))").matcher(block);
            if (parts.matches()) {
                calls.add(
                        new Call(parts.group(1), parts.group(2), parts.group(3).stripTrailing()));
            }
        }
        return calls;
    }

    private static String expected(Call call) {
        String answer = ordered(call.answer());
        for (Difference difference : DIFFERENCES) {
            if (call.request().startsWith(difference.call())) {
                answer = answer.replaceFirst(difference.theirs(), difference.ours());
            }
        }
        return answer;
    }

    private static String comparable(ToxiproxyRig.Answer answer) {
        return ordered((answer.head() + answer.body()).replace("\r", "").stripTrailing());
    }

    /** Header fields by name, since their order means nothing; a drawn port as the transcript has it. */
    private static String ordered(String answer) {
        String[] parts = answer.split("\n\n", 2);
        List<String> lines = new ArrayList<>(List.of(parts[0].split("\n")));
        String status = lines.removeFirst();
        lines.removeIf(
                line -> LEFT_OUT.contains(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)));
        lines.sort(null);
        lines.addFirst(status);
        String body = parts.length > 1 ? parts[1] : "";
        return (String.join("\n", lines) + "\n\n" + body)
                .replaceAll("(\"name\":\"eph\",\"listen\":\"127.0.0.1:)\\d{5}", "$1PORT")
                .stripTrailing();
    }
}
