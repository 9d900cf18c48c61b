package io.chaosproxy.control;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Appends lines to a file on a platform thread of its own. Producers never wait for the disk: if it is full, slow or missing,
 * lines are dropped, counted, and logged once.
 *
 * <p>A file that log rotation has moved is created again.
 */
final class AsyncLineWriter<T> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /** Upper bound for the lines that wait. */
    static final int MAX_LINES = 10_000;

    /** Upper bound for the characters of the lines that wait; a single line may be longer. */
    static final int MAX_CHARACTERS = 4 << 20;

    /** Characters that are written at once: a batch exists several times while it is formatted. */
    private static final int BATCH = 64 << 10;

    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");
    private static final Duration LAST_LINES = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN = Duration.ofSeconds(1).toNanos();

    private final Path path;
    private final Function<T, String> format;
    private final ToIntFunction<T> length;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer;
    private boolean open = true; // guarded by the lock
    private long characters; // of the lines that wait; guarded by the lock

    // confined to the writer thread
    private @Nullable FileChannel out;
    private @Nullable Object key;
    private long looked;
    private boolean warned;

    private AsyncLineWriter(Path path, Function<T, String> format, ToIntFunction<T> length) {
        this.path = path;
        this.format = format;
        this.length = length;
        this.writer = Thread.ofPlatform() // a pipe that is not read would keep the carrier of a virtual one
                .daemon()
                .name("writes " + path.getFileName())
                .unstarted(this::write);
    }

    /**
     * Begins to write.
     *
     * @param format makes a line, without its end, in the writing thread
     * @param length characters that an entry keeps while it waits, about
     */
    static <T> AsyncLineWriter<T> open(Path path, Function<T, String> format, ToIntFunction<T> length) {
        AsyncLineWriter<T> file = new AsyncLineWriter<>(path, format, length);
        file.writer.start();
        return file;
    }

    /** Queues an entry, or counts it as lost. */
    void add(T entry) {
        lock.lock();
        try {
            if (open && waiting.size() < MAX_LINES && characters < MAX_CHARACTERS) {
                waiting.add(entry);
                characters += length.applyAsInt(entry);
                changed.signal();
            } else {
                lost.incrementAndGet();
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many lines could not be written. */
    long lost() {
        return lost.get();
    }

    /** Writes what waits, for a short time at most, and ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            open = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
        try {
            writer.join(LAST_LINES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (lost() > 0) {
            log(path + ": lost " + lost() + " lines in all");
        }
    }

    private void write() {
        try {
            List<T> batch = next();
            while (!batch.isEmpty()) {
                write(batch);
                batch = next();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // not expected; the remaining lines are lost
        } finally {
            forgetFile();
        }
    }

    /** The first lines that wait, as soon as there are any; empty at the end. */
    private List<T> next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && open) {
                changed.await();
            }
            List<T> batch = new ArrayList<>();
            long taken = 0;
            while (taken < BATCH && !waiting.isEmpty()) {
                T entry = waiting.remove();
                taken += length.applyAsInt(entry);
                batch.add(entry);
            }
            characters -= taken;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void write(List<T> batch) {
        StringBuilder lines = new StringBuilder();
        int formatted = 0;
        for (T entry : batch) {
            try {
                lines.append(format.apply(entry)).append('\n');
                formatted++;
            } catch (RuntimeException e) { // a defect of ours costs this line
                lose(1, e);
            }
        }
        try {
            append(lines.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            forgetFile();
            lose(formatted, e);
        }
    }

    private void lose(int lines, Exception why) {
        lost.addAndGet(lines);
        if (!warned) {
            warned = true;
            log(path + " can't be written, lines are lost: " + (why instanceof IOException ? why.getMessage() : why));
        }
    }

    private static void log(String line) {
        try {
            LOG.log(Level.WARNING, line);
        } catch (RuntimeException e) {
            // a logger that fails itself must not end the writer
        }
    }

    private void append(byte[] lines) throws IOException {
        FileChannel file = file();
        long before = file.size();
        ByteBuffer left = ByteBuffer.wrap(lines);
        try {
            while (left.hasRemaining()) {
                file.write(left);
            }
        } catch (IOException e) {
            truncate(file, before); // no half line stays
            throw e;
        }
    }

    private static void truncate(FileChannel file, long size) {
        try {
            file.truncate(size);
        } catch (IOException e) {
            // not an ordinary file, or worse: then the half line stays
        }
    }

    private FileChannel file() throws IOException {
        long now = System.nanoTime();
        if (out != null && now - looked > LOOK_AGAIN) {
            looked = now;
            if (!Objects.equals(key, keyOf(path))) {
                forgetFile();
            }
        }
        if (out == null) {
            out = open(path);
            key = keyOf(path);
            looked = now;
        }
        return out;
    }

    /**
     * Appends to the file, or makes it, for its owner to write and its group to read. Symlinks are not
     * followed, since another user may have put them there, except below /dev.
     */
    private static FileChannel open(Path path) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        if (!path.startsWith("/dev")) {
            options.add(LinkOption.NOFOLLOW_LINKS);
        }
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? FileChannel.open(path, options, PosixFilePermissions.asFileAttribute(MODE))
                : FileChannel.open(path, options);
    }

    private void forgetFile() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                // nothing of it is in a buffer
            }
            out = null;
        }
    }

    /** File key (inode) of the path; null if the file is missing or the file system has none. */
    private static @Nullable Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }
}
