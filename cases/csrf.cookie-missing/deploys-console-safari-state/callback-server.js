if (state !== cookies.get('state')) {
    return new Response('invalid state', { status: 400 })
}
