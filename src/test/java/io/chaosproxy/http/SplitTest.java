package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the pieces in which a message arrives, and whatever is wrong with it, it reads the same. */
class SplitTest {

    private static final int MAX_HEAD = 512;
    private static final String NEXT = "NEXT";

    /** A message of one kind; responses are taken for answers to GET. */
    record Message(boolean request, String text) {
        @Override
        public String toString() {
            return Bytes.shown(text);
        }
    }

    /** All that can be told about a message. */
    private record Reading(String head, String content, int consumed, String error) {}

    private static Stream<Message> messages() {
        String post = "POST /\u00e9 HTTP/1.1\r\nHost: h\r\nX: \u00e4 \r\n";
        return Stream.of(
                new Message(true, "\r\nGET / HTTP/1.1\nHost: h\r\n\r\n"),
                new Message(true, post + "Content-Length: 11\r\n\r\nhello world"),
                new Message(
                        true,
                        post + "Expect: 100-continue\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
                                + "5;a=\"b\"\r\nhello\r\nb ;c\r\n\r\nworld\r\n0\r\r\n00\r\nT: u\r\n\r\n"),
                new Message(
                        false,
                        "HTTP/1.1 200 OK\r\nA : b\r\n c\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"
                                + "3\r\nabc\r\n0\r\n\r\n"),
                new Message(false, "HTTP/1.0 200\r\nContent-Length:3\r\nConnection: keep-alive\r\n\r\nabc"),
                new Message(false, "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"),
                new Message(false, "HTTP/1.1 200 OK\r\n\r\nuntil the end"));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsTheSameInAnyTwoPieces(Message message) {
        Reading whole = read(message, false, message.text.length() + NEXT.length());
        assertEquals("", whole.error);
        int end = whole.content.endsWith(NEXT) ? NEXT.length() : 0;
        assertEquals(message.text.length() + end, whole.consumed);
        for (int i = 1; i < message.text.length(); i++) {
            assertEquals(whole, read(message, false, i), "split at " + i);
            assertEquals(whole, read(message, true, i), "split at " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsTheSameByteByByte(Message message) {
        int size = message.text.length() + NEXT.length();
        Reading whole = read(message, false, size);
        int[] single =
                Stream.iterate(1, i -> i + 1).limit(size).mapToInt(i -> i).toArray();
        assertEquals(whole, read(message, false, single));
        assertEquals(whole, read(message, true, single));
    }

    @Test
    void mutationsAreReadOrRefusedTheSameInAnyPieces() {
        Random random = new Random(20250101);
        List<Message> valid = messages().toList();
        int refused = 0;
        int rounds = 10_000;
        for (int round = 0; round < rounds; round++) {
            Message original = valid.get(random.nextInt(valid.size()));
            Message mutant = new Message(original.request, mutated(original.text, random));
            Reading whole = read(mutant, false, mutant.text.length() + NEXT.length());
            int[] cuts = random.ints(random.nextInt(6), 0, mutant.text.length() + 1)
                    .sorted()
                    .toArray();
            assertEquals(whole, read(mutant, round % 2 == 0, cuts), () -> mutant.toString());
            refused += whole.error.isEmpty() ? 0 : 1;
        }
        assertTrue(refused > rounds / 5 && refused < rounds * 4 / 5, "refused " + refused + " of " + rounds);
    }

    private static String mutated(String text, Random random) {
        String spice = "\r\n\0 \t:;,=\"0123456789abcdefghijklmnopqrstuvwxyzHTTP/\u007f\u0080\u00ff";
        var mutant = new StringBuilder(text);
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(mutant.length());
            int to = Math.min(mutant.length(), at + 1 + random.nextInt(20));
            char c = spice.charAt(random.nextInt(spice.length()));
            switch (random.nextInt(5)) {
                case 0 -> mutant.setCharAt(at, c);
                case 1 -> mutant.insert(at, c);
                case 2 -> mutant.deleteCharAt(at);
                case 3 -> mutant.insert(random.nextInt(mutant.length()), mutant.substring(at, to));
                default -> mutant.insert(at, "\r\n");
            }
        }
        return mutant.toString();
    }

    /** Reads the message while it arrives: at each step the bytes before one more of the cuts are there. */
    private static Reading read(Message message, boolean direct, int... cuts) {
        String text = message.text + NEXT;
        List<Integer> ends = new ArrayList<>();
        for (int cut : cuts) {
            ends.add(cut);
        }
        ends.add(text.length());
        ByteBuffer bytes = direct ? Bytes.direct(text) : Bytes.heap(text);
        Head head = message.request ? new RequestHead(MAX_HEAD, false) : new ResponseHead(MAX_HEAD, false);
        Body body = new Body(MAX_HEAD, true);
        var seen = new StringBuilder();
        var content = new StringBuilder();
        int start = bytes.position();
        boolean inBody = false;
        try {
            for (int end : ends) {
                bytes.limit(start + end);
                if (!inBody) {
                    int length = head.scan(bytes);
                    assertEquals(start, bytes.position());
                    if (length < 0) {
                        continue;
                    }
                    assertEquals(length, head.scan(bytes));
                    describe(head, seen);
                    begin(body, head);
                    bytes.position(start + length);
                    inBody = true;
                }
                pass(body, bytes, content);
            }
            if (!inBody) {
                return new Reading("", "", 0, "head not complete");
            }
            body.endOfStream();
            return new Reading(seen.toString(), content.toString(), bytes.position() - start, "");
        } catch (BadMessage e) {
            assertEquals(message.request ? 4 : 5, e.status() == 505 ? 4 : e.status() / 100);
            return new Reading("", "", 0, "" + e.status());
        }
    }

    private static void begin(Body body, Head head) throws BadMessage {
        switch (head) {
            case RequestHead request -> body.begin(request);
            case ResponseHead response -> body.begin(response, "GET");
        }
    }

    private static void describe(Head head, StringBuilder to) {
        to.append(head.minor()).append(head.keepAlive());
        switch (head) {
            case RequestHead r ->
                to.append(r.method())
                        .append(r.target())
                        .append(r.path())
                        .append(r.host())
                        .append(r.wantsUpgrade())
                        .append(r.expectsContinue());
            case ResponseHead r -> to.append(r.status());
        }
        for (int i = 0; i < head.count(); i++) {
            to.append('\n').append(head.name(i)).append('=').append(head.value(i));
        }
    }

    /** Every round takes bytes or ends, so this cannot go on for ever. */
    private static void pass(Body body, ByteBuffer bytes, StringBuilder content) throws BadMessage {
        Body.Run run = body.next(bytes);
        while (run == Body.Run.CONTENT || run == Body.Run.FRAMING) {
            assertTrue(body.length() > 0 && body.length() <= bytes.remaining());
            byte[] part = new byte[body.length()];
            bytes.get(part);
            if (run == Body.Run.CONTENT) {
                content.append(Bytes.text(part));
            }
            run = body.next(bytes);
        }
        assertEquals(run == Body.Run.COMPLETE, body.complete());
        assertTrue(body.complete() || !bytes.hasRemaining());
    }
}
