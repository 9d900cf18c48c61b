package io.chaosproxy;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.flow.Amount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Hits on one proxy. A hit is entered before its client can notice the effect. Thread-safe.
 *
 * {@snippet :
 * proxy.journal().await("latency", 3, Duration.ofSeconds(10));
 * System.out.println(proxy.journal()); // a line for each hit
 * }
 */
public final class ChaosJournal {
    /** Lines of a story; a person reads no more, and a report of a test should stay one. */
    private static final int LONGEST_STORY = 200;

    private final Journal journal;
    private final String proxy;
    private final long seed;
    private final Instant since;

    /**
     * View of one proxy's entries of a journal.
     *
     * @param journal journal of all proxies
     * @param proxy name of the proxy
     * @param seed what the story names
     * @param since when the story begins
     */
    public ChaosJournal(Journal journal, String proxy, long seed, Instant since) {
        Check.given("journal", journal);
        Check.given("proxy", proxy);
        Check.given("since", since);
        this.journal = journal;
        this.proxy = proxy;
        this.seed = seed;
        this.since = since;
    }

    /**
     * {@return how many hits of this rule there were, also of one that is gone}
     *
     * @param rule name of the rule
     * @throws java.util.NoSuchElementException naming the rules that there are and were if none of them has this name
     */
    public long hits(String rule) {
        Check.given("rule", rule);
        return journal.hits(proxy, rule);
    }

    /** {@return the last hits in order, in full} At most {@link Journal#DEFAULT_CAPACITY} are kept. */
    public List<Hit> hits() {
        return journal.hits().stream().filter(hit -> hit.proxy().equals(proxy)).toList();
    }

    /** {@return how many hits there were of each rule} */
    public Map<String, Long> byRule() {
        return journal.byRule(proxy);
    }

    /**
     * Waits until a rule has had this number of hits.
     *
     * @param rule name of the rule
     * @param count number of hits to wait for
     * @param timeout upper bound of the wait
     * @throws AssertionError if there weren't within this time; it says what there was instead
     * @throws java.util.NoSuchElementException as {@link #hits(String)} does, without waiting
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void await(String rule, long count, Duration timeout) throws InterruptedException {
        Check.given("rule", rule);
        Check.duration("timeout", timeout);
        if (!journal.await(proxy, rule, count, timeout)) {
            throw new AssertionError(Amount.count(hits(rule), "hit") + " of " + rule + " within "
                    + Amount.time(timeout.toNanos()) + ", not " + count + "\n" + this);
        }
    }

    /** Forgets the hits of this proxy and their counts. */
    public void clear() {
        journal.clear(proxy);
    }

    /** The story of the run, a line for each hit: time, connection and rule. */
    @Override
    public String toString() {
        List<Hit> all = hits();
        long count = byRule().values().stream().mapToLong(Long::longValue).sum();
        List<Hit> told = all.subList(Math.max(0, all.size() - LONGEST_STORY), all.size());
        StringBuilder story =
                new StringBuilder("proxy " + proxy + ", seed " + seed + ": " + Amount.count(count, "hit"));
        if (count > told.size()) {
            story.append(", the last ").append(told.size()).append(" of them");
        }
        told.forEach(hit -> story.append('\n').append(line(hit)));
        return story.toString();
    }

    private String line(Hit hit) {
        double seconds = Duration.between(since, hit.at()).toNanos() / 1e9;
        String target = "#" + hit.connection() + (hit.exchange() == 0 ? "" : "." + hit.exchange());
        String what = hit.rule() + (hit.rule().equals(hit.type()) ? "" : " (" + hit.type() + ")");
        return String.format(
                Locale.ROOT,
                "%8.3f s  %-5s %s%s met %s%s",
                seconds,
                target,
                hit.client(),
                hit.request().isEmpty() ? "" : " " + hit.request(),
                what,
                words(hit.drawn()));
    }

    private static String words(Sample drawn) {
        return switch (drawn.unit()) {
            case NONE -> "";
            case NANOS -> ": " + drawn.what() + " " + Amount.time(drawn.value());
            case BYTES -> ": " + drawn.what() + " " + Amount.bytes(drawn.value());
        };
    }
}
