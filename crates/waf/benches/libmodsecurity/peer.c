/* libmodsecurity3 as the peer: loads a configuration, and runs each raw request through all phases, N times.
 * Usage: peer CONFIG N REQUEST... Prints the milliseconds of the processor that loading took, then for each request its status
 * (200 where nothing refuses it) and the least microseconds of a run, then the peak of memory in kilobytes. */
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void silent(void *context, const void *message) {
    (void)context;
    (void)message;
}

static double now_us(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*length + 1);
    if (fread(text, 1, *length, file) != *length) exit(2);
    text[*length] = 0;
    fclose(file);
    return text;
}

static int status_of(Transaction *transaction) {
    ModSecurityIntervention it;
    memset(&it, 0, sizeof it);
    it.status = 200;
    int intervened = msc_intervention(transaction, &it);
    free(it.log);
    free(it.url);
    return intervened && it.disruptive ? it.status : 200;
}

static int run(ModSecurity *engine, RulesSet *rules, const char *raw, size_t length) {
    Transaction *transaction = msc_new_transaction(engine, rules, NULL);
    char line[8192];
    const char *end = strstr(raw, "\r\n\r\n");
    const char *at = strstr(raw, "\r\n");
    snprintf(line, sizeof line, "%.*s", (int)(at - raw), raw);
    char *method = strtok(line, " "), *target = strtok(NULL, " "), *version = strtok(NULL, " ");
    msc_process_connection(transaction, "192.0.2.1", 40000, "127.0.0.1", 80);
    msc_process_uri(transaction, target, method, version + 5);
    while (at < end) {
        const char *name = at + 2, *next = strstr(name, "\r\n"), *colon = strchr(name, ':');
        msc_add_n_request_header(transaction, (const unsigned char *)name, colon - name,
                                 (const unsigned char *)colon + 2, next - colon - 2);
        at = next;
    }
    msc_process_request_headers(transaction);
    int status = status_of(transaction);
    if (status == 200) {
        msc_append_request_body(transaction, (const unsigned char *)end + 4, raw + length - end - 4);
        msc_process_request_body(transaction);
        status = status_of(transaction);
    }
    if (status == 200) {
        msc_add_response_header(transaction, (const unsigned char *)"Content-Type", (const unsigned char *)"text/plain");
        msc_process_response_headers(transaction, 200, "HTTP/1.1");
        status = status_of(transaction);
        msc_append_response_body(transaction, (const unsigned char *)"ok", 2);
        msc_process_response_body(transaction);
    }
    msc_process_logging(transaction);
    msc_transaction_cleanup(transaction);
    return status;
}

/* Its calls are what callgrind counts. */
__attribute__((noinline)) int counted(ModSecurity *engine, RulesSet *rules, const char *raw, size_t length) {
    return run(engine, rules, raw, length) + 1;
}

/* Its calls part what callgrind counts. */
__attribute__((noinline)) double measured(ModSecurity *engine, RulesSet *rules, const char *raw, size_t length, long times) {
    double least = 1e12;
    for (long left = times; left > 0; left--) {
        double start = now_us(CLOCK_MONOTONIC);
        counted(engine, rules, raw, length);
        double took = now_us(CLOCK_MONOTONIC) - start;
        if (took < least) least = took;
    }
    return least;
}

static long peak_kb(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &peak);
    return peak;
}

int main(int count, char **words) {
    if (count < 4) return 2;
    double start = now_us(CLOCK_PROCESS_CPUTIME_ID);
    ModSecurity *engine = msc_init();
    msc_set_log_cb(engine, silent);
    RulesSet *rules = msc_create_rules_set();
    const char *error = NULL;
    if (msc_rules_add_file(rules, words[1], &error) < 0) {
        fprintf(stderr, "%s\n", error ? error : "the rules cannot be loaded");
        return 2;
    }
    printf("%.1f\n", (now_us(CLOCK_PROCESS_CPUTIME_ID) - start) / 1e3);
    for (int at = 3; at < count; at++) {
        size_t length;
        char *raw = slurp(words[at], &length);
        run(engine, rules, raw, length);
        int status = run(engine, rules, raw, length);
        printf("%d %.1f\n", status, measured(engine, rules, raw, length, atol(words[2])));
        free(raw);
    }
    printf("%ld\n", peak_kb());
    return 0;
}
