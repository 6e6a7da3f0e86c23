chmod 711 home/anna
