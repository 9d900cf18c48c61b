package io.chaosproxy.kit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/**
 * One end of a real connection that sends and sees exact bytes; text is ISO-8859-1. Reads fail after ten seconds, so no
 * test hangs.
 */
public final class Peer implements AutoCloseable {
    private static final String END_OF_HEAD = "\r\n\r\n";

    private final Socket socket;
    private InputStream in;

    public Peer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        this.in = socket.getInputStream();
    }

    public static Peer connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, 10_000);
        return new Peer(socket);
    }

    public Socket socket() {
        return socket;
    }

    /**
     * Reads from now on as much as has arrived, which is cheaper for many messages. Without this a read takes nothing but what it
     * returns, and the rest waits in the kernel.
     */
    public Peer readAhead() {
        in = new BufferedInputStream(in);
        return this;
    }

    public Peer send(String text) throws IOException {
        return send(text.getBytes(ISO_8859_1));
    }

    public Peer send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Ends this side's stream; the other side may go on. */
    public Peer endOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Tears the connection down by RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** One byte, -1 at the end. */
    public int read() throws IOException {
        return in.read();
    }

    /** Exactly so many bytes as text. */
    public String read(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new IOException(
                    "ended after " + bytes.length + " of " + count + " bytes: " + new String(bytes, ISO_8859_1));
        }
        return new String(bytes, ISO_8859_1);
    }

    /** Everything up to the end of the stream. */
    public byte[] readAll() throws IOException {
        return in.readAllBytes();
    }

    /** Everything up to the end of the stream as text. */
    public String readText() throws IOException {
        return new String(readAll(), ISO_8859_1);
    }

    /** Up to and with the empty line that ends a head; empty at the end of the stream. */
    public String readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        byte[] bytes = new byte[END_OF_HEAD.length()];
        int matched = 0;
        while (matched < END_OF_HEAD.length()) {
            int count = in.read(bytes, 0, END_OF_HEAD.length() - matched); // what is missing at least
            if (count < 0) {
                if (head.size() == 0) {
                    return "";
                }
                throw new IOException("ended within a head: " + head.toString(ISO_8859_1));
            }
            head.write(bytes, 0, count);
            for (int i = 0; i < count; i++) {
                matched = bytes[i] == END_OF_HEAD.charAt(matched) ? matched + 1 : bytes[i] == '\r' ? 1 : 0;
            }
        }
        return head.toString(ISO_8859_1);
    }

    /** The path of the next request, of which the head has been read then. */
    public String readPath() throws IOException {
        return readHead().split(" ", -1)[1];
    }

    /** Sends a response with this body. */
    public Peer respond(String body) throws IOException {
        return send(response(body));
    }

    /** A response with this body. */
    public static String response(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** A whole response with a Content-Length: head and body. */
    public String readResponse() throws IOException {
        String head = readHead();
        int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("content-length:");
        if (at < 0) {
            return head;
        }
        int length =
                Integer.parseInt(head.substring(at + 15, head.indexOf('\r', at)).strip());
        return head + read(length);
    }

    /** How the connection ends: {@code "reset"} or {@code "end"}, after reading away what still comes. */
    public String ending() throws IOException {
        try {
            byte[] buffer = new byte[8192];
            while (in.read(buffer) >= 0) {}
            return "end";
        } catch (SocketException e) {
            if (String.valueOf(e.getMessage()).contains("reset")) {
                return "reset";
            }
            throw e;
        }
    }

    /** Whether nothing arrives within so many milliseconds. */
    public boolean isSilentFor(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            in.read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(60_000);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
